/** What tasks run in this very process: what they leave behind can break it, so that it must be possible to name them. */

export interface InlineRun {
  task: string;
  /** Id of the job. */
  job: string;
}

export class InlineRuns {
  readonly #running = new Set<InlineRun>();
  readonly #begun = new Set<string>();

  async during<T>({ task, id }: { task: string; id: string }, work: () => Promise<T>): Promise<T> {
    const run = { task, job: id };
    this.#running.add(run);
    this.#begun.add(task);
    try {
      return await work();
    } finally {
      this.#running.delete(run);
    }
  }

  /** In the order in which they began. */
  running(): InlineRun[] {
    return [...this.#running];
  }

  /** Names of the tasks that have begun a run, ended or not. */
  tasks(): string[] {
    return [...this.#begun];
  }
}

/**
 * Tells running work to stop. An AbortController costs microseconds that only work which looks at its signal should
 * pay, so the signal is made when it is asked for.
 */
export class StopSwitch {
  #stopped: { reason: Error } | undefined;
  #warning: { reason: Error } | undefined;
  #controller: AbortController | undefined;
  #listener: ((reason: Error) => void) | undefined;

  stop(reason: Error): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = { reason };
    this.#controller?.abort(reason);
    this.#listener?.(reason);
  }

  get isStopped(): boolean {
    return this.#stopped !== undefined;
  }

  /** Aborts the signal only: the work may still end well. */
  warn(reason: Error): void {
    this.#warning ??= { reason };
    this.#controller?.abort(reason);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      const aborted = this.#stopped ?? this.#warning;
      if (aborted !== undefined) this.#controller.abort(aborted.reason);
    }
    return this.#controller.signal;
  }

  /** What `run` gives, or the reason to stop when that comes first; `run` is then left behind. */
  race<T>(run: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#stopped !== undefined) reject(this.#stopped.reason);
      this.#listener = reject;
      run.then(resolve, reject);
    });
  }
}

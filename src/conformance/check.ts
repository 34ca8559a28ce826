/**
 * Reconciles what producers were told, what tasks wrote while they ran and what operators did with the ledger and the
 * queue. It believes none of them: each number is counted from at least two accounts.
 */
import type { AttemptAccount, History, JobAccount, JournalLine, OperatorAct } from './history.js';

export interface Findings {
  jobs: number;
  lost: number;
  ranTwice: number;
  leasesLost: number;
  stuck: number;
  recoveryMs: number | null;
  complaints: string[];
}

/** A running job learns of its cancellation within two seconds; a second for a busy machine. */
const CANCELLED_WITHIN_MS = 3_000;
const MOST_COMPLAINTS = 20;
const ENDED = ['completed', 'failed', 'cancelled'];

export function check(history: History): Findings {
  const checker = new Checker(history);
  checker.acknowledged();
  checker.runs();
  checker.effects();
  checker.batches();
  checker.letters();
  checker.operators();
  checker.queue();
  return checker.findings();
}

class Checker {
  readonly #history: History;
  readonly #jobs: Map<string, JobAccount>;
  readonly #attempts: Map<string, AttemptAccount[]>;
  readonly #lines: Map<string, JournalLine[]>;
  readonly #complaints: string[] = [];
  readonly #expected: Map<string, number>;
  #lost = 0;
  #stuck = 0;
  #ranTwice = 0;

  constructor(history: History) {
    this.#history = history;
    this.#jobs = new Map(history.ledger.jobs.map((job) => [job.job, job]));
    this.#attempts = groupBy(history.ledger.attempts, ({ job }) => job);
    this.#lines = groupBy(history.journal, ({ job }) => job);
    this.#expected = expectedJobs(history);
  }

  /** Everything that a producer was told is recorded is there, has ended, and ended as it should. */
  acknowledged(): void {
    for (const [id, n] of this.#expected) {
      const job = this.#jobs.get(id);
      if (job === undefined) {
        this.#lost += 1;
        this.#complain(`${id} was acknowledged and is nowhere`);
      } else if (!ENDED.includes(job.state)) {
        this.#stuck += 1;
        this.#complain(`${id} is still ${job.state}`);
      } else this.#ended(job, n);
    }
  }

  #ended(job: JobAccount, n: number): void {
    const { failEvery } = this.#history;
    const shouldFail = failEvery !== null && n % failEvery === 0;
    if (job.state === 'cancelled') {
      if (!this.#isCancelled(job)) this.#complain(`${job.job} is cancelled, and nobody cancelled it`);
    } else if (shouldFail !== (job.state === 'failed')) {
      const expected = shouldFail ? 'failed' : 'completed';
      this.#complain(`${job.job} ${job.state}, expected ${expected} (${job.message ?? 'no message'})`);
    }
    if (job.state === 'completed') this.#completed(job, n);
  }

  /** The result is the whole result of one run that came to its end, and of the newest attempt. */
  #completed(job: JobAccount, n: number): void {
    const end = (this.#lines.get(job.job) ?? []).find(
      ({ event, run }) => event === 'end' && run === job.result?.run,
    );
    if (end === undefined) {
      this.#lost += 1;
      this.#complain(`${job.job} completed, but no run of it came to its end with this result`);
      return;
    }
    if (job.result?.n !== n) this.#complain(`${job.job} has the result of another row`);
    if (job.attempts !== null && end.attempt !== job.attempts) {
      this.#complain(
        `${job.job} has the result of attempt ${end.attempt}, though attempt ${job.attempts} came after it`,
      );
    }
  }

  #isCancelled({ job, batch }: JobAccount): boolean {
    return this.#history.operators.some(
      ({ kind, ids }) =>
        (kind === 'cancel-jobs' && ids.includes(job)) ||
        (kind === 'cancel-batch' && batch !== null && ids.includes(batch)),
    );
  }

  /** Every run is an attempt that the ledger shows; those beyond what failures account for lost their lease. */
  runs(): void {
    for (const [id, lines] of this.#lines) {
      const begun = lines.filter(({ event }) => event === 'begin').length;
      if (begun === 0) continue;
      const job = this.#jobs.get(id);
      const attempts = this.#attempts.get(id) ?? [];
      // A single job that succeeds at once leaves no attempt.
      const isPlain = job?.batch === null;
      const shown = attempts.length === 0 && isPlain ? 1 : attempts.length;
      if (begun > shown) this.#complain(`${id} ran ${begun} times, and the ledger shows ${shown} attempts`);
      const accounted = attempts.filter(({ outcome }) => isAccountedFor(outcome)).length;
      const surplus = Math.max(begun - Math.max(accounted, 1), 0);
      const lost = attempts.filter(({ outcome }) => isLost(outcome)).length;
      this.#ranTwice += surplus;
      if (surplus > lost) {
        this.#complain(`${id} ran ${surplus} times too often, and the ledger shows ${lost} lost leases`);
      }
    }
  }

  /** What `ctx.once` has recorded is not done again by a run that began later, and its value is the recorded one. */
  effects(): void {
    for (const [id, lines] of this.#lines) {
      const recorded = lines.find(({ event }) => event === 'effect-recorded');
      if (recorded === undefined) continue;
      const late = new Set(
        lines.filter(({ event, atMs }) => event === 'begin' && atMs > recorded.atMs).map(({ run }) => run),
      );
      const again = lines.filter(({ event, run }) => event === 'effect' && late.has(run));
      if (again.length > 0) this.#complain(`${id} did its effect again after it was recorded`);
      const once = this.#jobs.get(id)?.result?.once;
      const did = lines.some(({ event, run }) => event === 'effect' && run === once);
      if (once !== undefined && !did) this.#complain(`${id} has the value of an effect that nobody did`);
    }
  }

  batches(): void {
    const { ledger, acknowledged, artifacts } = this.#history;
    const rows = groupBy(ledger.jobs, ({ batch }) => batch);
    const sizes = new Map(acknowledged.batches.map(({ id, rows: size }) => [id, size]));
    for (const batch of ledger.batches) {
      const counted = rows.get(batch.id) ?? [];
      const { total, ...states } = batch.counts;
      const sum = Object.values(states).reduce((all, one) => all + one, 0);
      if (sum !== total) this.#complain(`${batch.id}: its counts make ${sum}, its total is ${total}`);
      for (const [state, count] of Object.entries(states)) {
        const found = counted.filter((row) => row.state === state).length;
        if (found !== count) this.#complain(`${batch.id}: counts ${count} ${state}, and ${found} rows are`);
      }
      const size = sizes.get(batch.id);
      if (size !== undefined && total !== size) {
        this.#complain(`${batch.id}: its file has ${size} rows, the ledger ${total}`);
      }
      if (!['finished', 'cancelled'].includes(batch.state)) this.#complain(`${batch.id} is ${batch.state}`);
      if (batch.finishError !== null) this.#complain(`${batch.id} did not finish well: ${batch.finishError}`);
      const missing = artifacts.filter((name) => !batch.artifacts.includes(name));
      if (batch.state === 'finished' && missing.length > 0) {
        this.#complain(`${batch.id} finished without ${missing.join(', ')}`);
      }
    }
  }

  /** Every job that failed for good has one open letter, and no other job has. */
  letters(): void {
    const open = this.#history.ledger.letters.filter(({ state }) => state === 'open');
    const failed = new Set(
      this.#history.ledger.jobs.filter(({ state }) => state === 'failed').map(({ job }) => job),
    );
    for (const letter of open) {
      const job = this.#jobs.get(letter.job);
      if (!failed.delete(letter.job))
        this.#complain(`${letter.job} has a dead letter and is ${job?.state ?? 'nowhere'}`);
      else if (job?.attempts !== null && job?.attempts !== letter.attempts) {
        this.#complain(
          `${letter.job}: its dead letter counts ${letter.attempts} attempts, its row ${job?.attempts}`,
        );
      }
    }
    for (const id of failed) this.#complain(`${id} failed and has no dead letter`);
  }

  operators(): void {
    for (const [kind, action] of Object.entries(AUDITED)) {
      const acts = this.#history.operators.filter((act) => act.kind === kind);
      const done = acts.reduce((sum, { count }) => sum + count, 0);
      const audited = this.#history.ledger.audit
        .filter((entry) => entry.action === action)
        .reduce((sum, { count }) => sum + count, 0);
      if (done !== audited) this.#complain(`${kind}: ${done} were done, and the audit counts ${audited}`);
      for (const act of acts) {
        if (kind === 'replay') this.#replayed(act);
        else this.#stayedCancelled(act);
      }
    }
  }

  #replayed({ count }: OperatorAct): void {
    const replayed = this.#history.ledger.letters.filter(({ state }) => state === 'replayed').length;
    if (replayed < count) {
      this.#complain(`${count} dead letters were replayed, and the ledger shows ${replayed}`);
    }
  }

  #stayedCancelled({ ids, atMs }: OperatorAct): void {
    for (const [id, lines] of this.#lines) {
      const job = this.#jobs.get(id);
      if (job?.state !== 'cancelled' || !ids.some((one) => one === id || one === job.batch)) continue;
      const late = lines.filter(
        ({ event, atMs: at }) => event === 'begin' && at > atMs + CANCELLED_WITHIN_MS,
      );
      if (late.length > 0) {
        this.#complain(`${id} began ${Math.round(late[0]!.atMs - atMs)} ms after it was cancelled`);
      }
    }
  }

  queue(): void {
    for (const [state, count] of Object.entries(this.#history.queue)) {
      if (state === 'completed' || state === 'failed' || count === 0) continue;
      this.#complain(`the queue still has ${count} jobs ${state}`);
    }
    const open = this.#history.ledger.letters.filter(({ state }) => state === 'open').length;
    const failed = this.#history.queue.failed ?? 0;
    const isForgotten = this.#history.queueForgets && failed < open;
    if (failed !== open && !isForgotten)
      this.#complain(`the queue has ${failed} failed jobs, the ledger ${open} dead letters`);
  }

  findings(): Findings {
    const { attempts } = this.#history.ledger;
    const hidden = this.#complaints.length - MOST_COMPLAINTS;
    return {
      jobs: this.#expected.size,
      lost: this.#lost,
      ranTwice: this.#ranTwice,
      leasesLost: attempts.filter(({ outcome }) => isLost(outcome)).length,
      stuck: this.#stuck,
      recoveryMs: recoveryMs(this.#history),
      complaints: [
        ...this.#complaints.slice(0, MOST_COMPLAINTS),
        ...(hidden > 0 ? [`and ${hidden} more`] : []),
      ],
    };
  }

  #complain(what: string): void {
    this.#complaints.push(what);
  }
}

/** `Map.groupBy` came with Node 21. */
function groupBy<T, Key>(items: readonly T[], keyOf: (item: T) => Key): Map<Key, T[]> {
  const groups = new Map<Key, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

const AUDITED: Record<OperatorAct['kind'], string> = {
  'cancel-batch': 'batch cancel',
  'cancel-jobs': 'job cancel',
  replay: 'dlq replay',
};

/** Ids of all jobs that were acknowledged, with the n each was given. */
function expectedJobs({ acknowledged }: History): Map<string, number> {
  const expected = new Map<string, number>();
  for (const { id, firstN, rows } of acknowledged.batches) {
    // Row 1 of the sheet is its header.
    for (let row = 0; row < rows; row++) expected.set(`${id}-${row + 2}`, firstN + row);
  }
  for (const { id, n } of acknowledged.jobs) expected.set(id, n);
  return expected;
}

function isAccountedFor(outcome: string | null): boolean {
  return outcome === 'completed' || outcome === 'failed' || outcome === 'deferred';
}

/** Its lease ran out, or a newer attempt had begun before it ended; one that never ended was lost too. */
function isLost(outcome: string | null): boolean {
  return outcome === 'lost' || outcome === 'superseded' || outcome === null;
}

/**
 * From the end of a fault until the jobs it cut off have run to their end in another run; where it cut off none, until
 * the next job ended. The longest over all faults of the run; kills by the task itself are faults too.
 */
export function recoveryMs({ journal, windows }: Pick<History, 'journal' | 'windows'>): number | null {
  const strikes = journal
    .filter(({ event }) => event === 'strike')
    .map(({ atMs }) => ({ beganMs: atMs, endedMs: atMs }));
  const over = journal.filter(({ event }) => event === 'end' || event === 'fail');
  const overRuns = new Set(over.map(({ run }) => run));
  let longest: number | null = null;
  for (const { beganMs, endedMs } of [...windows, ...strikes]) {
    const cutOff = new Set(
      journal
        .filter(({ event, run, atMs }) => event === 'begin' && atMs <= endedMs && !overRuns.has(run))
        .map(({ job }) => job),
    );
    const after = over.filter(({ atMs }) => atMs > endedMs).sort((a, b) => a.atMs - b.atMs);
    const firstEnds = new Map<string, number>();
    for (const { job, atMs } of after) if (!firstEnds.has(job)) firstEnds.set(job, atMs);
    const awaited = [...cutOff]
      .filter((job) => !over.some((line) => line.job === job && line.atMs > beganMs && line.atMs <= endedMs))
      .map((job) => firstEnds.get(job))
      .filter((atMs) => atMs !== undefined);
    const until = awaited.length > 0 ? Math.max(...awaited) : after[0]?.atMs;
    if (until !== undefined) longest = Math.max(longest ?? 0, until - endedMs);
  }
  return longest === null ? null : Math.round(longest);
}

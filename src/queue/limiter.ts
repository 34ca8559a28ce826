/**
 * Rate limits that all workers share: buckets of the generic cell rate algorithm (ITU-T I.371, annex A), with promises.
 *
 * A rate of `count` per `perMs` lets jobs in at an even pace, one each `perMs / count`, and up to a tenth of `perMs` ahead
 * of it. So any window of `perMs`, wherever it begins, holds at most `1.1 * count + 1` jobs.
 *
 * A job that comes too early is promised a turn, and comes back then. Whoever was promised none waits behind the promises,
 * so a job that just happens to come at the right moment takes nobody's turn. Promises reach one minute ahead; a job beyond
 * them is told when to ask again. A promise decides who is next and never how many: a job that comes back late (its worker was busy, or
 * down) is let in only when the pace allows it, so jobs that were held up together do not run together.
 *
 * Times are those of the server that keeps the buckets: clocks of workers do not matter.
 */
import { contentHash } from '../core/content-hash.js';
import type { Rate } from '../core/rate.js';

export type Turn =
  | { ok: true }
  /**
   * `turnAtMs` is the promise, to be given to the next {@link RateLimiter.take} (epoch ms of the server's clock); absent when
   * none was made. `retryAtMs` is when to come back (epoch ms of this process's clock).
   */
  | { ok: false; turnAtMs?: number; retryAtMs: number };

export interface BucketTake {
  name: string;
  spacingMs: number;
  slackMs: number;
  horizonMs: number;
  furthestMs: number;
  turnAtMs: number | undefined;
}

/** Where buckets are kept; each take is one atomic step there. */
export interface Buckets {
  take(take: BucketTake): Promise<{ isOk: boolean; turnAtMs: number | undefined; waitMs: number }>;
  /** How long until the pace is even again, with all promises kept; 0 or less = it is. */
  look(name: string): Promise<number>;
  /** Removes what says nothing any more. */
  forgetIdle(): Promise<void>;
}

/** Waits out a server that is away. */
export type AskBuckets = <T>(work: (buckets: Buckets) => Promise<T>) => Promise<T>;

/** How far ahead of the even pace, as a share of the rate's duration. */
const SLACK_SHARE = 0.1;
const HORIZON_MS = 60_000;
/** Nobody is sent away for longer: the rate may be raised meanwhile. */
const FURTHEST_MS = 600_000;
const LONGEST_NAME = 200;
/** A promise that is due whenever the job comes back. */
const DUE = 0;

/** The bucket of a task's own `rateLimit`. */
export const taskBucket = (task: string): string => `task:${task}`;

/** The bucket of a key: an account, a provider. */
export const keyBucket = (key: string): string => `key:${key}`;

export class RateLimiter {
  readonly #ask: AskBuckets;

  constructor(ask: AskBuckets) {
    this.#ask = ask;
  }

  /**
   * Takes one turn of bucket `name`. `turnAtMs` is what an earlier call has promised.
   * @throws {BackendError} when the server does not answer within a minute
   */
  async take(name: string, rate: Rate, turnAtMs?: number): Promise<Turn> {
    const taken = await this.#ask((buckets) =>
      buckets.take({
        name: bucketKey(name),
        spacingMs: rate.perMs / rate.count,
        slackMs: slackMs(rate),
        horizonMs: HORIZON_MS,
        furthestMs: FURTHEST_MS,
        turnAtMs,
      }),
    );
    if (taken.isOk) return { ok: true };
    if (taken.turnAtMs === undefined) return { ok: false, retryAtMs: Date.now() + spread(taken.waitMs) };
    return { ok: false, turnAtMs: taken.turnAtMs, retryAtMs: Date.now() + Math.ceil(taken.waitMs) };
  }

  /** When a job that comes now would be let in (epoch ms of this process's clock); takes nothing. */
  async look(name: string, rate: Rate): Promise<{ name: string; nextAtMs: number }> {
    const aheadMs = await this.#ask((buckets) => buckets.look(bucketKey(name)));
    return { name, nextAtMs: Date.now() + Math.max(Math.ceil(aheadMs - slackMs(rate)), 0) };
  }

  /** Removes buckets that nobody has used for so long that they say nothing any more. */
  async forgetIdle(): Promise<void> {
    await this.#ask((buckets) => buckets.forgetIdle());
  }
}

/** The turns that one job was promised, kept in its data while it waits; one object for each delivery of the job. */
export class Turns {
  readonly #limiter: Pick<RateLimiter, 'take'>;
  readonly #turns: Map<string, number>;
  readonly #passed: string[] = [];

  constructor(limiter: Pick<RateLimiter, 'take'>, promised: Readonly<Record<string, number>> = {}) {
    this.#limiter = limiter;
    this.#turns = new Map(Object.entries(promised));
  }

  /**
   * Undefined = the job may go on. Else it is to be put off until `retryAtMs`, with `turns` in its data. A limit that it
   * had passed before is then passed once more, ahead of jobs without a promise: what is let in is always counted.
   */
  async take(
    name: string,
    rate: Rate,
  ): Promise<{ retryAtMs: number; turns: Record<string, number> } | undefined> {
    const turn = await this.#limiter.take(name, rate, this.#turns.get(name));
    if (turn.ok) {
      this.#turns.delete(name);
      this.#passed.push(name);
      return undefined;
    }
    if (turn.turnAtMs === undefined) this.#turns.delete(name);
    else this.#turns.set(name, turn.turnAtMs);
    for (const passed of this.#passed) this.#turns.set(passed, DUE);
    return { retryAtMs: turn.retryAtMs, turns: Object.fromEntries(this.#turns) };
  }
}

function slackMs(rate: Rate): number {
  return rate.perMs * SLACK_SHARE;
}

/** Those that are sent away as long as may be do not come back all at once. */
function spread(waitMs: number): number {
  return Math.ceil(waitMs < FURTHEST_MS ? waitMs : waitMs * (0.5 + Math.random() / 2));
}

/** Names may be what a file says: they are kept short, and without what PostgreSQL refuses. */
function bucketKey(name: string): string {
  return name.length > LONGEST_NAME || name.includes('\0') ? `hash:${contentHash(name)}` : name;
}

/**
 * What operators do to whole queues. The queue obeys; the ledger remembers who wanted it, why and until when, and every
 * action leaves an audit entry.
 */
import type { QueueSettings } from '../config/config.js';
import { NotFoundError } from '../core/error.js';
import { nearestName } from '../core/nearest-name.js';
import { formatRate, parseRate, type Rate } from '../core/rate.js';
import type { Database, Session } from '../database/database.js';
import { currentActor, recordAudit } from '../ledger/audit.js';
import { recordEvent } from '../ledger/events.js';
import { seenQueues } from '../ledger/job-traces.js';
import { patiently } from '../ledger/patience.js';
import {
  claimDuePauses,
  findQueueSetting,
  forgetPause,
  listQueueSettings,
  type QueueSetting,
  recordConcurrency,
  recordPause,
  recordRate,
} from '../ledger/queue-settings.js';
import { countServing } from '../ledger/serving.js';
import type { QueueCounts, QueueFacts } from '../queue/controls.js';
import type { Queues } from '../queue/queues.js';
import type { Cleaned } from './clean-queue.js';
import type { Drained } from './drain-queue.js';

export interface QueueLine extends QueueCounts {
  name: string;
  paused: boolean;
  oldestWaitingMs: number | null;
  /** Workers that take jobs of it and were heard of lately. */
  workers: number;
  ratePerMin: number;
  limit: Rate | null;
}

export interface QueueDetail extends QueueLine {
  /** Null when it is not paused, or was paused by nobody that the ledger knows. */
  pause: { by: string; at: string; reason: string | null; until: string | null } | null;
  limitSource: 'config' | 'operator' | null;
  concurrency: number | null;
}

export interface QueueControlPlaces {
  db: Database;
  queues: Queues;
  /** The config's, by queue. */
  settings: Readonly<Record<string, QueueSettings | undefined>>;
  /** Names of the queues of the project's tasks and config. */
  projectQueues: () => Promise<string[]>;
  /** Adds the job that ends a batch. */
  addFinishJob: (batchId: string) => Promise<void>;
}

export class QueueControl {
  readonly #places: QueueControlPlaces;

  constructor(places: QueueControlPlaces) {
    this.#places = places;
  }

  /** By name: the project's queues, and others that hold jobs, have workers or were set something. */
  async list(): Promise<QueueLine[]> {
    await this.resumeDue();
    const { db, queues, projectQueues } = this.#places;
    const [project, names, settings, workers] = await Promise.all([
      projectQueues(),
      this.#names(),
      patiently(() => listQueueSettings(db)),
      patiently(() => countServing(db)),
    ]);
    const kept = new Set([
      ...project,
      ...settings.filter(isSet).map(({ queue }) => queue),
      ...workers.keys(),
    ]);
    const lines = await Promise.all(
      names.map(async (name) => toLine(name, await queues.controls.facts(name), workers.get(name) ?? 0)),
    );
    return lines.filter((line) => kept.has(line.name) || line.paused || jobsIn(line) > 0);
  }

  /** @throws {NotFoundError} */
  async show(name: string): Promise<QueueDetail> {
    await this.resumeDue();
    await this.#require(name);
    const { db, queues } = this.#places;
    const [facts, setting, workers] = await Promise.all([
      queues.controls.facts(name),
      patiently(() => findQueueSetting(db, name)),
      patiently(() => countServing(db)),
    ]);
    return {
      ...toLine(name, facts, workers.get(name) ?? 0),
      pause: facts.isPaused ? toPause(setting) : null,
      limitSource: setting?.rateSource ?? null,
      concurrency: facts.concurrency ?? null,
    };
  }

  /** What runs goes on. `forMs` undefined = until it is resumed by hand. @throws {NotFoundError} */
  async pause(
    name: string,
    { forMs, reason, by = currentActor() }: { forMs: number | undefined; reason: string | null; by?: string },
  ): Promise<void> {
    await this.#require(name);
    await this.#remember(name, 'pause', { forMs: forMs ?? null, reason, by }, async (tx) => {
      await recordPause(tx, { queue: name, by, reason, forMs });
      await recordEvent(tx, {
        type: 'queue-paused',
        queue: name,
        message: `paused by ${by}${reason === null ? '' : `: ${reason}`}`,
      });
    });
    await this.#places.queues.controls.pause(name);
  }

  /** False when it was not paused. @throws {NotFoundError} */
  async resume(name: string): Promise<boolean> {
    await this.#require(name);
    const { controls } = this.#places.queues;
    const { isPaused } = await controls.facts(name);
    await controls.resume(name);
    await this.#remember(name, 'resume', {}, async (tx) => {
      await forgetPause(tx, name);
      if (isPaused) {
        await recordEvent(tx, {
          type: 'queue-resumed',
          queue: name,
          message: `resumed by ${currentActor()}`,
        });
      }
    });
    return isPaused;
  }

  /** Holds until it is set anew; the config's own limit, or none where it has none, is the config's again. @throws {NotFoundError} */
  async limit(name: string, rate: Rate | undefined): Promise<void> {
    await this.#require(name);
    const text = rateText(rate);
    const source = text === rateText(this.#configRate(name)) ? 'config' : 'operator';
    await this.#remember(name, 'limit', { rate: text }, (tx) =>
      recordRate(tx, { queue: name, rate: text, source, by: currentActor() }),
    );
    await this.#places.queues.controls.setRate(name, rate);
  }

  /** Jobs at once over all workers; undefined = no bound but the workers' own. @throws {NotFoundError} */
  async concurrency(name: string, jobs: number | undefined): Promise<void> {
    await this.#require(name);
    const concurrency = jobs ?? null;
    await this.#remember(name, 'concurrency', { concurrency }, (tx) =>
      recordConcurrency(tx, { queue: name, concurrency, by: currentActor() }),
    );
    await this.#places.queues.controls.setConcurrency(name, jobs);
  }

  /** Takes out every job that has not begun; see {@link drainQueue}. @throws {NotFoundError} */
  async drain(name: string, { dryRun }: { dryRun: boolean }): Promise<Drained> {
    await this.#require(name);
    const { drainQueue } = await import('./drain-queue.js');
    const drained = await drainQueue(this.#places, { queue: name, dryRun });
    if (!dryRun) {
      const { jobs, rows } = drained;
      await this.#audit(this.#places.db, 'drain', {
        target: { queue: name },
        count: jobs,
        details: { rows },
      });
    }
    return drained;
  }

  /** Forgets jobs that have ended; see {@link cleanQueue}. @throws {NotFoundError} */
  async clean(
    name: string,
    what: { state: 'completed' | 'failed'; olderMs: number; dryRun: boolean },
  ): Promise<Cleaned> {
    await this.#require(name);
    const { cleanQueue } = await import('./clean-queue.js');
    const cleaned = await cleanQueue(this.#places, { queue: name, ...what });
    if (!what.dryRun) {
      const { jobs, deadLetters } = cleaned;
      const { state, olderMs } = what;
      const target = { queue: name, state, olderMs };
      await this.#audit(this.#places.db, 'clean', { target, count: jobs, details: { deadLetters } });
    }
    return cleaned;
  }

  /**
   * For a worker that starts: its queues get the config's limits, except where an operator has set another, and what
   * operators set is set again, should the queue have lost it.
   */
  async applySettings(names: readonly string[]): Promise<void> {
    const { db, queues } = this.#places;
    await this.resumeDue();
    const known = new Map((await patiently(() => listQueueSettings(db))).map((one) => [one.queue, one]));
    for (const name of names) {
      const setting = known.get(name);
      await this.#applyRate(name, setting);
      if (setting === undefined) continue;
      const { concurrency, pausedAt } = setting;
      if (concurrency !== null) await queues.controls.setConcurrency(name, concurrency);
      if (pausedAt !== null) await queues.controls.pause(name);
    }
  }

  /** Queues whose pause was for a time that has passed go on. Cheap; any number of workers may call it at once. */
  async resumeDue(): Promise<void> {
    const { db } = this.#places;
    const due = await patiently(() => claimDuePauses(db));
    if (due.length === 0) return;
    const { endPause } = await import('./end-pause.js');
    for (const { queue, claimed, reason } of due) {
      if (!(await endPause(this.#places, { queue, claimed }))) continue;
      const message = `its pause was over${reason === null ? '' : ` (${reason})`}`;
      await recordEvent(db, { type: 'queue-resumed', queue, message });
    }
  }

  async #applyRate(name: string, setting: QueueSetting | undefined): Promise<void> {
    const { db, queues } = this.#places;
    if (setting?.rateSource === 'operator') {
      await queues.controls.setRate(name, parseRate(setting.rate!));
      return;
    }
    const rate = this.#configRate(name);
    if (rate === undefined && setting?.rateSource !== 'config') return;
    await queues.controls.setRate(name, rate);
    if (setting?.rate === rateText(rate)) return;
    await recordRate(db, { queue: name, rate: rateText(rate), source: 'config', by: 'config' });
  }

  #configRate(name: string): Rate | undefined {
    const text = this.#places.settings[name]?.limit;
    return text === undefined ? undefined : parseRate(text);
  }

  async #names(): Promise<string[]> {
    const { db, queues, projectQueues } = this.#places;
    const [project, held, seen] = await Promise.all([
      projectQueues(),
      queues.controls.names(),
      patiently(() => seenQueues(db)),
    ]);
    return [...new Set([...project, ...held, ...seen])].sort();
  }

  async #require(name: string): Promise<void> {
    const names = await this.#names();
    if (names.includes(name)) return;
    const nearest = nearestName(name, names);
    throw new NotFoundError(`There is no queue ${name}; there are ${names.join(', ') || 'none'}`, {
      code: 'QUEUE_NOT_FOUND',
      hint: nearest === undefined ? 'jobs queue list' : `did you mean ${nearest}?`,
      details: { queue: name },
    });
  }

  #remember(
    name: string,
    verb: string,
    details: Record<string, unknown>,
    work: (tx: Session) => Promise<void>,
  ): Promise<void> {
    return this.#places.db.transaction(async (tx) => {
      await work(tx);
      await this.#audit(tx, verb, { target: { queue: name }, count: 1, details });
    });
  }

  #audit(
    db: Session,
    verb: string,
    what: { target: Record<string, unknown>; count: number; details: Record<string, unknown> },
  ): Promise<void> {
    return recordAudit(db, { action: `queue ${verb}`, ...what });
  }
}

function toLine(name: string, facts: QueueFacts, workers: number): QueueLine {
  const { waiting, active, delayed, prioritized, waitingChildren, completed, failed } = facts.counts;
  return {
    name,
    paused: facts.isPaused,
    waiting,
    active,
    delayed,
    prioritized,
    waitingChildren,
    completed,
    failed,
    oldestWaitingMs: facts.oldestWaitingMs,
    workers,
    ratePerMin: facts.ratePerMin,
    limit: facts.rate ?? null,
  };
}

function toPause(setting: QueueSetting | undefined): QueueDetail['pause'] {
  if (setting === undefined || setting.pausedAt === null) return null;
  return {
    by: setting.pausedBy ?? 'unknown',
    at: setting.pausedAt,
    reason: setting.pauseReason,
    until: setting.pausedUntil,
  };
}

function isSet({ pausedAt, rateSource, concurrency }: QueueSetting): boolean {
  return pausedAt !== null || rateSource === 'operator' || concurrency !== null;
}

function jobsIn({
  waiting,
  active,
  delayed,
  prioritized,
  waitingChildren,
  completed,
  failed,
}: QueueLine): number {
  return waiting + active + delayed + prioritized + waitingChildren + completed + failed;
}

function rateText(rate: Rate | undefined): string {
  return rate === undefined ? 'none' : formatRate(rate);
}

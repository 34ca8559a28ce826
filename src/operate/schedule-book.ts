/**
 * Schedules for operators: what there is and what comes, what the config would change, and everything by hand. Workers
 * call {@link ScheduleBook.tick}; nothing is applied but by {@link ScheduleBook.apply}.
 */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { InputError, NotFoundError } from '../core/error.js';
import { nearestName } from '../core/nearest-name.js';
import { currentActor, recordAudit } from '../ledger/audit.js';
import { insertRuns, listRuns, type ScheduleRun } from '../ledger/schedule-runs.js';
import {
  findSchedule,
  ledgerNow,
  listSchedules,
  pauseSchedule,
  putSchedule,
  removeSchedules,
  resumeSchedule,
  type ScheduleRecord,
  type ScheduleSpec,
} from '../ledger/schedules.js';
import type { Backfill, BackfillRequest } from './backfill.js';
import type { ComingTimes } from './coming-times.js';
import { factsOf, factsOfNew, type ScheduleFacts } from './schedule-facts.js';
import type { ScheduleParts } from './schedule-parts.js';
import {
  changedFields,
  compare,
  type Difference,
  keepsItsTimes,
  type SchedulePlan,
  specHash,
  specOf,
} from './schedule-plan.js';
import { ScheduleTicker } from './schedule-tick.js';
import { iso, scheduledJobId, timingOf } from './schedule-timing.js';

export class ScheduleBook {
  readonly #parts: ScheduleParts;
  readonly #ticker: ScheduleTicker;

  constructor(parts: ScheduleParts) {
    this.#parts = parts;
    this.#ticker = new ScheduleTicker(parts);
  }

  /** Those that are applied and those of the config, by name. */
  async list(): Promise<ScheduleFacts[]> {
    const { add, change, prune, unchanged, foreign } = await this.#difference();
    const applied = [
      ...unchanged.map((record) => factsOf(record, 'same')),
      ...change.map(({ before }) => factsOf(before, 'changed')),
      ...prune.map((record) => factsOf(record, 'absent')),
      ...foreign.map((record) => factsOf(record, 'foreign')),
    ];
    return [...applied, ...add.map(factsOfNew)].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The next `count` times, of one schedule or of all together. @throws {NotFoundError} */
  async next({ name, count }: { name?: string | undefined; count: number }): Promise<ComingTimes> {
    const { comingTimes } = await import('./coming-times.js');
    const known = await this.list();
    const chosen =
      name === undefined ? known : [known.find((one) => one.name === name) ?? this.#unknown(name, known)];
    return comingTimes(chosen, { count, nowMs: await ledgerNow(this.#parts.db) });
  }

  /** What {@link apply} would do. @throws {InputError} when a schedule of the config cannot be used */
  async plan(): Promise<SchedulePlan> {
    return this.#planOf(await this.#difference());
  }

  /**
   * Makes the ledger's schedules those of the config. What the config names no more is removed with `prune`, when this
   * config has applied it; jobs that are in a queue stay. Returns what was done.
   */
  async apply({ prune }: { prune: boolean }): Promise<SchedulePlan> {
    const { db } = this.#parts;
    const difference = await this.#difference();
    const plan = await this.#planOf(difference);
    const owner = await this.#owner();
    const nextAt = new Map([...plan.add, ...plan.change].map((one) => [one.name, one.nextAt]));
    const specs = [...difference.add, ...difference.change.map(({ spec }) => spec)];
    const pruned = prune ? difference.prune.map(({ name }) => name) : [];
    if (specs.length + pruned.length === 0) return plan;
    await db.transaction(async (tx) => {
      for (const spec of specs) {
        await putSchedule(tx, spec, {
          owner,
          source: this.#source(),
          specHash: specHash(spec),
          nextAt: nextAt.get(spec.name)!,
        });
      }
      await removeSchedules(tx, pruned, owner);
      await recordAudit(tx, {
        action: 'schedule apply',
        target: { config: this.#parts.configPath },
        count: specs.length + pruned.length,
        details: { put: specs.map(({ name }) => name), pruned },
      });
    });
    return plan;
  }

  /** Adds a job now, whatever else of the schedule runs; it counts neither as one of its times nor for maxRuns. */
  async runNow(name: string): Promise<ScheduleRun> {
    const { db } = this.#parts;
    const schedule = await this.#require(name);
    const nowMs = await ledgerNow(db);
    const [run] = await insertRuns(db, schedule, [
      {
        at: iso(nowMs)!,
        kind: 'by-hand',
        state: 'adding',
        jobId: scheduledJobId(name, nowMs, 'by-hand'),
        note: `by ${currentActor()}`,
      },
    ]);
    if (run === undefined) return this.runNow(name);
    const jobId = await this.#ticker.add(schedule, run);
    await recordAudit(db, {
      action: 'schedule run',
      target: { schedule: name },
      count: 1,
      details: { job: jobId },
    });
    return { ...run, state: 'added', jobId };
  }

  /** No time of it is taken, and what waits behind another run goes on waiting, until {@link resume}. */
  async pause(name: string, reason: string | null): Promise<ScheduleRecord> {
    const { db } = this.#parts;
    await this.#require(name);
    await pauseSchedule(db, name, { by: currentActor(), reason });
    await recordAudit(db, {
      action: 'schedule pause',
      target: { schedule: name },
      count: 1,
      details: { reason },
    });
    return this.#require(name);
  }

  /** Goes on with the next time from now; those of the pause do not count as missed. */
  async resume(name: string): Promise<ScheduleRecord> {
    const { db } = this.#parts;
    const schedule = await this.#require(name);
    if (schedule.pausedAt !== null) {
      await resumeSchedule(db, name, schedule.nextAt === null ? null : await this.#nextFromNow(schedule));
      await recordAudit(db, { action: 'schedule resume', target: { schedule: name }, count: 1 });
    }
    return this.#require(name);
  }

  /** See {@link backfillSchedule}. @throws {NotFoundError} @throws {InputError} BACKFILL_WINDOW, BACKFILL_TOO_MANY */
  async backfill(name: string, request: BackfillRequest): Promise<Backfill> {
    const { backfillSchedule } = await import('./backfill.js');
    return backfillSchedule(this.#parts.db, await this.#require(name), request);
  }

  /** Runs of a schedule, newest first. @throws {NotFoundError} */
  async history(name: string, limit: number): Promise<ScheduleRun[]> {
    await this.#require(name);
    return listRuns(this.#parts.db, name, limit);
  }

  /** What is due; every worker calls it once a second. */
  tick(): Promise<void> {
    return this.#ticker.tick();
  }

  async #difference(): Promise<Difference> {
    const { db, schedules, checkConfig, checkJob } = this.#parts;
    await checkConfig();
    const wanted: ScheduleSpec[] = [];
    for (const [name, settings] of Object.entries(schedules)) {
      const { task, input = {}, options = {}, queue } = settings;
      const job = { task, input, options, queue };
      wanted.push(specOf(name, settings, await checkJob(job).catch((error: unknown) => refuse(name, error))));
    }
    return compare(wanted, await listSchedules(db), await this.#owner());
  }

  async #planOf({ add, change, prune, unchanged, foreign }: Difference): Promise<SchedulePlan> {
    const owner = await this.#owner();
    const plan: SchedulePlan = {
      add: [],
      change: [],
      prune: prune.map(({ name, task }) => ({ name, task })),
      unchanged: unchanged.map(({ name }) => name),
      foreign: foreign.map(({ name, source }) => ({ name, source })),
      paused: [...unchanged, ...change.map(({ before }) => before)]
        .filter(({ pausedAt }) => pausedAt !== null)
        .map(({ name, pausedBy, pausedAt, pauseReason }) => ({
          name,
          by: pausedBy!,
          at: pausedAt!,
          reason: pauseReason,
        })),
      warnings: [],
    };
    for (const spec of add) {
      plan.add.push({
        name: spec.name,
        task: spec.task,
        nextAt: await this.#nextFromNow({ ...spec, runs: 0 }),
      });
    }
    for (const { spec, before } of change) {
      const { runs } = before;
      plan.change.push({
        name: spec.name,
        fields: changedFields(before, spec),
        nextAt: keepsItsTimes(before, spec) ? before.nextAt : await this.#nextFromNow({ ...spec, runs }),
        takenFrom: before.owner === owner ? null : before.source,
      });
    }
    plan.warnings = await this.#warnings([...add, ...change.map(({ spec }) => spec)]);
    return plan;
  }

  async #warnings(specs: readonly ScheduleSpec[]): Promise<SchedulePlan['warnings']> {
    if (specs.length === 0) return [];
    const { clockWarnings, WARNED_MS } = await import('./clock-warnings.js');
    const nowMs = await ledgerNow(this.#parts.db);
    return specs.flatMap((spec) =>
      clockWarnings(timingOf(spec), nowMs, nowMs + WARNED_MS).map((message) => ({
        name: spec.name,
        message,
      })),
    );
  }

  async #nextFromNow(schedule: ScheduleSpec & Pick<ScheduleRecord, 'runs'>): Promise<string | null> {
    if (schedule.maxRuns !== null && schedule.runs >= schedule.maxRuns) return null;
    const { timesOf } = await import('../core/schedule-times.js');
    return iso(timesOf(timingOf(schedule)).next(await ledgerNow(this.#parts.db)));
  }

  /** The ledger it belongs to, and the config's path: two projects on one database never remove each other's. */
  async #owner(): Promise<string> {
    const path = createHash('sha256').update(this.#parts.configPath).digest('hex').slice(0, 12);
    return `${await this.#parts.installation()}:${path}`;
  }

  #source(): string {
    return `${this.#parts.configPath} on ${hostname()}`;
  }

  async #require(name: string): Promise<ScheduleRecord> {
    const { db } = this.#parts;
    return (await findSchedule(db, name)) ?? this.#unknown(name, await listSchedules(db));
  }

  #unknown(name: string, known: readonly { name: string }[]): never {
    const nearest = nearestName(
      name,
      known.map((one) => one.name),
    );
    const isInConfig = Object.hasOwn(this.#parts.schedules, name);
    throw new NotFoundError(
      isInConfig
        ? `Schedule "${name}" is in the config, but was not applied`
        : `There is no schedule "${name}"${nearest === undefined ? '' : `; did you mean "${nearest}"?`}`,
      {
        code: 'SCHEDULE_NOT_FOUND',
        hint: isInConfig ? 'jobs schedule apply' : 'jobs schedule list',
        details: { name },
      },
    );
  }
}

function refuse(name: string, error: unknown): never {
  if (error instanceof InputError || error instanceof NotFoundError) {
    throw new InputError(`schedules.${name}: ${error.message}`, {
      code: error.code,
      hint: error.hint,
      details: { ...error.details, key: `schedules.${name}` },
    });
  }
  throw error;
}

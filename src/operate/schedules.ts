/** Schedules, for operators and workers: {@link ScheduleBook}, loaded when it is first asked for. */
import type { ScheduleRun } from '../ledger/schedule-runs.js';
import type { ScheduleRecord } from '../ledger/schedules.js';
import type { Backfill, BackfillRequest } from './backfill.js';
import type { ComingTimes } from './coming-times.js';
import type { ScheduleBook } from './schedule-book.js';
import type { ScheduleFacts } from './schedule-facts.js';
import type { ScheduleParts } from './schedule-parts.js';
import type { SchedulePlan } from './schedule-plan.js';

export class Schedules {
  readonly #parts: ScheduleParts;
  #book: Promise<ScheduleBook> | undefined;

  constructor(parts: ScheduleParts) {
    this.#parts = parts;
  }

  /** Those that are applied and those of the config, by name. */
  async list(): Promise<ScheduleFacts[]> {
    return (await this.#open()).list();
  }

  /** The next `count` times, of one schedule or of all together. @throws {NotFoundError} */
  async next(which: { name?: string | undefined; count: number }): Promise<ComingTimes> {
    return (await this.#open()).next(which);
  }

  /** What {@link apply} would do. @throws {InputError} when a schedule of the config cannot be used */
  async plan(): Promise<SchedulePlan> {
    return (await this.#open()).plan();
  }

  /**
   * Makes the ledger's schedules those of the config. What the config names no more is removed with `prune`, when this
   * config has applied it; jobs that are in a queue stay. Returns what was done.
   */
  async apply(how: { prune: boolean }): Promise<SchedulePlan> {
    return (await this.#open()).apply(how);
  }

  /** Adds a job now, whatever else of the schedule runs; it counts neither as one of its times nor for maxRuns. */
  async runNow(name: string): Promise<ScheduleRun> {
    return (await this.#open()).runNow(name);
  }

  /** No time of it is taken, and what waits behind another run goes on waiting, until {@link resume}. */
  async pause(name: string, reason: string | null): Promise<ScheduleRecord> {
    return (await this.#open()).pause(name, reason);
  }

  /** Goes on with the next time from now; those of the pause do not count as missed. */
  async resume(name: string): Promise<ScheduleRecord> {
    return (await this.#open()).resume(name);
  }

  /** See {@link backfillSchedule}. @throws {NotFoundError} @throws {InputError} BACKFILL_WINDOW, BACKFILL_TOO_MANY */
  async backfill(name: string, request: BackfillRequest): Promise<Backfill> {
    return (await this.#open()).backfill(name, request);
  }

  /** Runs of a schedule, newest first. @throws {NotFoundError} */
  async history(name: string, limit: number): Promise<ScheduleRun[]> {
    return (await this.#open()).history(name, limit);
  }

  /** What is due; every worker calls it once a second. */
  async tick(): Promise<void> {
    return (await this.#open()).tick();
  }

  #open(): Promise<ScheduleBook> {
    this.#book ??= import('./schedule-book.js').then(({ ScheduleBook }) => new ScheduleBook(this.#parts));
    return this.#book;
  }
}

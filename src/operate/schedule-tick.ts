/**
 * What every worker does once a second: takes the times that are due, adds their jobs, lets go on what had to wait, and
 * adds what another worker claimed and did not add. Any number of workers may do it at once.
 */
import { formatDuration } from '../core/duration.js';
import { BackendError, NotFoundError } from '../core/error.js';
import { recordEvent } from '../ledger/events.js';
import {
  claimDue,
  endRun,
  forgetRuns,
  markAdded,
  markNotAdded,
  openRuns,
  type ScheduleRun,
  scheduleWork,
  takeLeftRuns,
  takeWaitingRuns,
  tellLateOnce,
} from '../ledger/schedule-runs.js';
import { findSchedule, ledgerNow, type ScheduleRecord } from '../ledger/schedules.js';
import { decideDue } from './due-runs.js';
import type { ScheduleParts } from './schedule-parts.js';
import { timingOf } from './schedule-timing.js';

/** Late is later than this, and than a tenth of the interval. */
const LATE_MS = 60_000;
const LATE_SHARE = 0.1;
/** A job that cannot be added is tried again for so long: a worker with newer code may know its task. */
const GIVE_UP_MS = 600_000;
const FORGET_EVERY_MS = 3_600_000;

export class ScheduleTicker {
  readonly #parts: ScheduleParts;
  #forgotAtMs = 0;

  constructor(parts: ScheduleParts) {
    this.#parts = parts;
  }

  /**
   * A schedule that fails does not keep the others waiting, but a backend that is away does: they would all wait for it.
   * @throws {AggregateError} of what went wrong
   */
  async tick(): Promise<void> {
    const { db } = this.#parts;
    const tasks = await this.#parts.taskNames();
    const { due, dueElsewhere, waiting, hasLeft } = await scheduleWork(db, tasks);
    const problems: Error[] = [];
    let isBackendAway = false;
    const each = async (name: string, work: () => Promise<void>): Promise<void> => {
      if (isBackendAway) return;
      await work().catch((error: Error) => {
        isBackendAway = error instanceof BackendError;
        problems.push(new Error(`${name}: ${error.message}`, { cause: error }));
      });
    };
    for (const name of due) await each(name, () => this.#fire(name));
    for (const name of dueElsewhere) await each(name, () => this.#watch(name));
    for (const name of waiting) await each(name, () => this.#letGoOn(name));
    const left = hasLeft ? await takeLeftRuns(db, tasks) : [];
    for (const run of left) await each(run.schedule, () => this.#addLeft(run));
    if (Date.now() - this.#forgotAtMs > FORGET_EVERY_MS) {
      this.#forgotAtMs = Date.now();
      await forgetRuns(db, this.#parts.keepRunsMs);
    }
    if (problems.length > 0) {
      throw new AggregateError(problems, problems.map(({ message }) => message).join('; '));
    }
  }

  /** Adds the job of a run that this process has claimed; returns its id. @throws what kept it from being added */
  async add(schedule: ScheduleRecord, run: ScheduleRun): Promise<string> {
    const { db, enqueue } = this.#parts;
    const { jitterOf } = await import('../core/schedule-times.js');
    const atMs = Date.parse(run.at);
    const jitterMs = run.kind === 'by-hand' ? 0 : jitterOf(run.schedule, atMs, schedule.jitterMs);
    const delayMs = atMs + jitterMs - (await ledgerNow(db));
    const { id } = await enqueue({
      id: run.jobId,
      task: schedule.task,
      queue: run.queue,
      input: schedule.input,
      options: schedule.options,
      priority: schedule.priority ?? undefined,
      delayMs: delayMs > 0 ? delayMs : undefined,
    });
    await markAdded(db, run, id);
    await recordEvent(db, {
      type: 'schedule-added',
      queue: run.queue,
      task: schedule.task,
      job: id,
      message: `${run.schedule}, due ${run.at}`,
    });
    return id;
  }

  async #fire(name: string): Promise<void> {
    const { db } = this.#parts;
    const schedule = await findSchedule(db, name);
    if (schedule?.nextAt === null || schedule?.nextAt === undefined) return;
    await this.#tellIfLate(schedule, schedule.nextAt);
    if (schedule.overlap !== 'allow') await this.#seeWhatHasEnded(name);
    const { timesOf } = await import('../core/schedule-times.js');
    const claimed = await claimDue(db, name, (due) => decideDue(timesOf(timingOf(due.schedule)), due));
    if (claimed === undefined) return;
    await this.#recordLeftOut(claimed.schedule, claimed.runs);
    if (claimed.schedule.overlap === 'cancel') await this.#cancelBefore(claimed.schedule, claimed.runs);
    for (const run of claimed.runs) {
      if (run.state === 'adding') await this.#tryToAdd(claimed.schedule, run);
    }
  }

  /** Of a project whose tasks are not known here: its own workers take it, and anybody sees when they do not. */
  async #watch(name: string): Promise<void> {
    const schedule = await findSchedule(this.#parts.db, name);
    if (schedule?.nextAt === null || schedule?.nextAt === undefined) return;
    await this.#tellIfLate(schedule, schedule.nextAt);
  }

  async #letGoOn(name: string): Promise<void> {
    const { db } = this.#parts;
    await this.#seeWhatHasEnded(name);
    const schedule = await findSchedule(db, name);
    if (schedule === undefined) return;
    for (const run of await takeWaitingRuns(db, name)) await this.#tryToAdd(schedule, run);
  }

  async #addLeft(run: ScheduleRun): Promise<void> {
    const schedule = await findSchedule(this.#parts.db, run.schedule);
    if (schedule === undefined) return;
    if (run.kind === 'due') await this.#tellIfLate(schedule, run.at);
    await this.#tryToAdd(schedule, run);
  }

  /** What cannot succeed here is noted, and tried again by whoever comes after the lease. */
  async #tryToAdd(schedule: ScheduleRecord, run: ScheduleRun): Promise<void> {
    const { db, onTrouble } = this.#parts;
    try {
      await this.add(schedule, run);
    } catch (error) {
      if (!(error instanceof Error) || error instanceof BackendError) throw error;
      const isFinal = (await ledgerNow(db)) - Date.parse(run.claimedAt) > GIVE_UP_MS;
      await markNotAdded(db, run, { note: error.message, isFinal });
      const message = `schedule ${run.schedule}: the job of ${run.at} ${isFinal ? 'was not added' : 'cannot be added yet'}: ${error.message}`;
      if (isFinal) await this.#tell(schedule, run.at, message);
      else onTrouble(message);
    }
  }

  /** The queue is asked about the jobs that could still run; one that is not there any more has ended. */
  async #seeWhatHasEnded(name: string): Promise<void> {
    const { db, queues } = this.#parts;
    for (const run of await openRuns(db, name)) {
      if (run.state !== 'added') continue;
      const job = await queues.find(run.queue, run.jobId);
      if (job === undefined || job.state === 'completed' || job.state === 'failed') await endRun(db, run);
    }
  }

  async #cancelBefore(schedule: ScheduleRecord, runs: readonly ScheduleRun[]): Promise<void> {
    if (!runs.some(({ state, kind }) => state === 'waiting' && kind === 'due')) return;
    const { db, cancelJob } = this.#parts;
    for (const run of await openRuns(db, schedule.name)) {
      if (run.state !== 'added') continue;
      await cancelJob(run.jobId, `the next run of schedule ${schedule.name} is due`).catch(
        (error: unknown) => {
          // It has ended since it was looked at, and was removed.
          if (!(error instanceof NotFoundError)) throw error;
        },
      );
    }
  }

  async #recordLeftOut(schedule: ScheduleRecord, runs: readonly ScheduleRun[]): Promise<void> {
    const { db, onTrouble } = this.#parts;
    const { name, task, queue } = schedule;
    for (const run of runs.filter(({ state }) => state === 'skipped')) {
      await recordEvent(db, {
        type: 'schedule-skipped',
        queue,
        task,
        message: `${name}, due ${run.at}: ${run.note}`,
      });
    }
    const missed = runs.filter(({ state }) => state === 'missed');
    if (missed.length === 0) return;
    const [first, last] = [missed[0]!, missed.at(-1)!];
    const times = missed.length === 1 ? first.at : `${missed.length} times from ${first.at} to ${last.at}`;
    const message = `schedule ${name} missed ${times}: ${first.note}`;
    onTrouble(message);
    await recordEvent(db, { type: 'schedule-skipped', queue, task, message });
  }

  /** Once for each time, whichever worker sees it first. */
  async #tellIfLate(schedule: ScheduleRecord, at: string): Promise<void> {
    const { db } = this.#parts;
    const atMs = Date.parse(at);
    const lateMs = (await ledgerNow(db)) - atMs;
    if (lateMs <= LATE_MS) return;
    const { timesOf } = await import('../core/schedule-times.js');
    const nextMs = timesOf(timingOf(schedule)).next(atMs);
    if (nextMs !== undefined && lateMs <= (nextMs - atMs) * LATE_SHARE) return;
    if (!(await tellLateOnce(db, schedule.name, at))) return;
    await this.#tell(
      schedule,
      at,
      `schedule ${schedule.name} is ${formatDuration(lateMs)} late: it was due ${at}`,
    );
  }

  async #tell(schedule: ScheduleRecord, at: string, message: string): Promise<void> {
    const { db, notify, onTrouble } = this.#parts;
    onTrouble(message);
    const { name, task, queue } = schedule;
    await recordEvent(db, { type: 'schedule-late', queue, task, message });
    await notify({ type: 'schedule-late', message, details: { schedule: name, task, queue, at } });
  }
}

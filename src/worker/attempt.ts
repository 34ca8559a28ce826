/** Runs an attempt, or the end of a batch, where its task wants it: inline, in a thread, in a process; an attempt within its time limits. */
import type { StopSwitch } from '../core/stop-switch.js';
import type { AnyTask, Isolation } from '../core/task.js';
import type { AttemptServices } from './attempt-services.js';
import { attemptOutcome } from './failure.js';
import type { InlineRuns } from './inline-runs.js';
import type { AttemptOutcome } from './isolate-messages.js';
import type { Isolates } from './isolates.js';
import type { AttemptFacts } from './run-task.js';
import { TimeLimitError } from './time-limit-error.js';
import { type TimeLimitActions, TimeLimits } from './time-limits.js';
import { runWork, type Work } from './work.js';

export interface AttemptPlaces {
  isolates: Isolates;
  inline: InlineRuns;
  /** Inline tasks run in processes, so that these can be recycled. */
  recycles: boolean;
  /** An inline run went past its hard limit: it cannot be ended, only given up. */
  onGivenUp: (facts: AttemptFacts, message: string) => void;
}

/** Where an attempt runs. A job that its worker did not survive is run apart, so that it can take only a process down. */
function placeOf(
  task: AnyTask,
  { isSuspect, recycles }: { isSuspect: boolean; recycles: boolean },
): Isolation {
  const wanted = task.isolation ?? 'inline';
  if (isSuspect) return 'process';
  return wanted === 'inline' && recycles ? 'process' : wanted;
}

/**
 * Never throws, but for what `stop` was stopped with: then the attempt has been ended, or left behind where it cannot be.
 */
export async function runAttempt(
  places: AttemptPlaces,
  attempt: { task: AnyTask; work: Work; stop: StopSwitch; isSuspect: boolean },
): Promise<AttemptOutcome> {
  const { task, work, stop } = attempt;
  const place = placeOf(task, { isSuspect: attempt.isSuspect, recycles: places.recycles });
  if (place === 'inline') return runInline(places, attempt);
  let limits: TimeLimits | undefined;
  const run = places.isolates.run(
    place,
    heardBy(work, () => limits?.heartbeat()),
  );
  run.begun.then(() => {
    limits = startLimits(task, work, {
      onSoft: (reason) => run.stop(reason),
      onHard: (reason) => run.end(reason),
    });
  });
  try {
    return await stop.race(run.outcome);
  } catch (error) {
    run.end(error as Error);
    if (stop.isStopped) throw error;
    return attemptOutcome(error);
  } finally {
    limits?.clear();
  }
}

async function runInline(
  { inline, onGivenUp }: AttemptPlaces,
  { task, work, stop }: { task: AnyTask; work: Work; stop: StopSwitch },
): Promise<AttemptOutcome> {
  const limits = startLimits(task, work, {
    onSoft: (reason) => stop.warn(reason),
    onHard: (reason) => {
      if (work.kind === 'attempt') onGivenUp(work.facts, reason.message);
      stop.stop(reason);
    },
  });
  const heard = limits === undefined ? work : heardBy(work, () => limits.heartbeat());
  try {
    const run = () => stop.race(runWork(task, heard, stop));
    return { kind: 'done', value: await inline.during({ task: task.name, id: work.facts.job.id }, run) };
  } catch (error) {
    if (stop.isStopped && !(error instanceof TimeLimitError)) throw error;
    return attemptOutcome(error);
  } finally {
    limits?.clear();
  }
}

/** A finish sees all rows, so it has none of a row's limits. */
function startLimits(task: AnyTask, { kind }: Work, actions: TimeLimitActions): TimeLimits | undefined {
  const limit = kind === 'attempt' ? task.timeLimit : undefined;
  return limit === undefined ? undefined : new TimeLimits(limit, actions);
}

function heardBy(work: Work, onHeard: () => void): Work {
  return work.kind === 'finish' ? work : { ...work, services: new WithHeartbeat(work.services, onHeard) };
}

/** Progress is a sign of life too. */
class WithHeartbeat implements AttemptServices {
  readonly openScratch: AttemptServices['openScratch'];
  readonly keepFile: AttemptServices['keepFile'];
  readonly findEffect: AttemptServices['findEffect'];
  readonly recordEffect: AttemptServices['recordEffect'];
  readonly takeTurn: AttemptServices['takeTurn'];
  readonly takeLock: AttemptServices['takeLock'];
  readonly releaseLock: AttemptServices['releaseLock'];
  readonly addJobs: AttemptServices['addJobs'];
  readonly log: AttemptServices['log'];
  readonly progress: AttemptServices['progress'];

  constructor(
    services: AttemptServices,
    readonly heartbeat: () => void,
  ) {
    this.openScratch = () => services.openScratch();
    this.keepFile = (file) => services.keepFile(file);
    this.findEffect = (key) => services.findEffect(key);
    this.recordEffect = (key, value) => services.recordEffect(key, value);
    this.takeTurn = (name, rate) => services.takeTurn(name, rate);
    this.takeLock = (key, ttlMs) => services.takeLock(key, ttlMs);
    this.releaseLock = (key) => services.releaseLock(key);
    this.addJobs = (request) => services.addJobs(request);
    this.log = (level, message) => services.log(level, message);
    this.progress = (value) => {
      heartbeat();
      return services.progress(value);
    };
  }
}

/** Stops a queue on which the same thing goes wrong again and again, before every job of it has failed. */
import { formatDuration } from '../core/duration.js';
import type { ErrorRecord } from '../core/error.js';
import { errorFingerprint } from '../core/fingerprint.js';
import type { AnyTask } from '../core/task.js';
import type { Database } from '../database/database.js';
import { countFailure } from '../ledger/breakers.js';
import type { NotifyEvent } from '../services/notify.js';
import type { QueueControl } from './queue-control.js';

export interface BreakerPlaces {
  db: Database;
  queueControl: Pick<QueueControl, 'pause'>;
  /** Tells a person, when the config says how. */
  tell: (event: Omit<NotifyEvent, 'at'>) => Promise<void>;
  onTrouble: (message: string) => void;
}

export class Breakers {
  readonly #places: BreakerPlaces;

  constructor(places: BreakerPlaces) {
    this.#places = places;
  }

  /** Counts a failed attempt; the one that is too many pauses the queue. Costs nothing for a task without a breaker. */
  async failed(queue: string, task: AnyTask, error: ErrorRecord): Promise<void> {
    const rule = task.breaker;
    if (rule === undefined) return;
    const fingerprint = errorFingerprint(error);
    if (!(await countFailure(this.#places.db, { queue, fingerprint }, rule))) return;
    const times = `${rule.failures} times within ${formatDuration(rule.withinMs)}`;
    await this.pause(queue, {
      by: `the breaker of task ${task.name}`,
      reason: `the same error ${times}: ${error.message}`,
      forMs: rule.pauseMs,
      details: { task: task.name, fingerprint, code: error.code, failures: rule.failures },
    });
  }

  /** A task said by its table of errors that nothing of its queue can succeed now. */
  asked(queue: string, task: string, reason: string): Promise<void> {
    return this.pause(queue, { by: `task ${task}`, reason, forMs: undefined, details: { task } });
  }

  private async pause(
    queue: string,
    why: { by: string; reason: string; forMs: number | undefined; details: Record<string, unknown> },
  ): Promise<void> {
    const { queueControl, tell, onTrouble } = this.#places;
    await queueControl.pause(queue, { forMs: why.forMs, reason: why.reason, by: why.by });
    const until = why.forMs === undefined ? `; when it is mended: jobs queue resume ${queue}` : '';
    const message = `queue ${queue} is paused by ${why.by}: ${why.reason}${until}`;
    onTrouble(message);
    const details = { queue, ...why.details };
    await tell({ type: 'queue-paused', message, details });
  }
}

/** The time limits of one attempt. */
import { formatDuration } from '../core/duration.js';
import type { TimeLimit } from '../core/task.js';
import { TimeLimitError } from './time-limit-error.js';

export interface TimeLimitActions {
  /** The task's signal is aborted; it may end well. */
  onSoft(reason: TimeLimitError): void;
  /** The run is ended, or given up where it cannot be. */
  onHard(reason: TimeLimitError): void;
}

/** Armed when an attempt begins; {@link heartbeat} keeps a silent limit away, {@link clear} ends all of them. */
export class TimeLimits {
  readonly #limit: TimeLimit;
  readonly #actions: TimeLimitActions;
  readonly #timers: NodeJS.Timeout[] = [];
  #silence: NodeJS.Timeout | undefined;

  constructor(limit: TimeLimit, actions: TimeLimitActions) {
    this.#limit = limit;
    this.#actions = actions;
    const { softMs, hardMs } = limit;
    if (softMs !== undefined) {
      this.#arm(softMs, () =>
        actions.onSoft(new TimeLimitError(`the soft time limit of ${formatDuration(softMs)} passed`)),
      );
    }
    if (hardMs !== undefined) {
      this.#arm(hardMs, () =>
        actions.onHard(new TimeLimitError(`it ran longer than its limit of ${formatDuration(hardMs)}`)),
      );
    }
    this.heartbeat();
  }

  heartbeat(): void {
    const { silentMs } = this.#limit;
    if (silentMs === undefined) return;
    this.#silence ??= this.#arm(silentMs, () =>
      this.#actions.onHard(
        new TimeLimitError(`no heartbeat and no progress came for ${formatDuration(silentMs)}`),
      ),
    );
    this.#silence.refresh();
  }

  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #arm(ms: number, action: () => void): NodeJS.Timeout {
    const timer = setTimeout(action, ms);
    this.#timers.push(timer);
    return timer;
  }
}

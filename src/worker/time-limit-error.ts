/** Why a run was told to stop, or ended, by its time limit. */
export class TimeLimitError extends Error {
  readonly code = 'timed-out';

  constructor(message: string) {
    super(message);
    this.name = 'TimeLimitError';
    // Where the timer stood says nothing.
    this.stack = '';
  }
}

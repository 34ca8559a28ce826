import { BackendError } from '../core/error.js';

/**
 * The connection was lost while a statement ran: it may or may not have been done. Whoever sent it decides whether to
 * send it again; statements that change nothing the second time can be.
 */
export class DatabaseLostError extends BackendError {
  constructor(message: string, cause?: unknown) {
    super(message, {
      code: 'DATABASE_LOST',
      hint: 'the same command again goes on where this one stopped',
      cause,
    });
  }
}

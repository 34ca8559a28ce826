/** The one place where an error becomes an exit code. */
import { BackendError, InputError, NotFoundError, SluiceError, UsageError } from '../core/error.js';

export const EXIT = {
  done: 0,
  bug: 1,
  usage: 2,
  input: 3,
  backend: 4,
  someFailed: 5,
  notFound: 6,
  timeout: 124,
  interrupted: 130,
} as const;

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof InputError) return EXIT.input;
  if (error instanceof BackendError) return EXIT.backend;
  if (error instanceof NotFoundError) return EXIT.notFound;
  if (isUsageOfOclif(error)) return EXIT.usage;
  return EXIT.bug;
}

/** Flags and arguments that oclif refused. */
export function isUsageOfOclif(error: unknown): error is Error {
  return error instanceof Error && !(error instanceof SluiceError) && 'oclif' in error;
}

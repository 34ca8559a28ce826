/** Errors on their way between threads, where classes do not survive: as data, and back as the same class. */
import { BackendError, FinalError, InputError, NotFoundError, SluiceError, UsageError } from './error.js';

export interface CarriedError {
  /** Name of a class of the family, or of the error itself. */
  name: string;
  message: string;
  stack: string | undefined;
  code: string | undefined;
  hint: string | undefined;
  details: Record<string, unknown> | undefined;
  field: string | undefined;
}

const FAMILY = { UsageError, InputError, BackendError, NotFoundError, FinalError };

/** Never throws. Causes stay behind: they may hold what cannot be sent. */
export function toCarried(thrown: unknown): CarriedError {
  if (!(thrown instanceof Error)) {
    return { ...NO_FACTS, name: 'Error', message: String(thrown), stack: undefined };
  }
  const { message, stack } = thrown;
  if (!(thrown instanceof SluiceError)) {
    const { code } = thrown as NodeJS.ErrnoException;
    return { ...NO_FACTS, name: thrown.name, message, stack, code };
  }
  return {
    name:
      Object.keys(FAMILY).find((name) => thrown instanceof FAMILY[name as keyof typeof FAMILY]) ?? 'Error',
    message,
    stack,
    code: thrown.code,
    hint: thrown.hint,
    details: thrown.details,
    field: thrown instanceof FinalError ? thrown.field : undefined,
  };
}

const NO_FACTS = { code: undefined, hint: undefined, details: undefined, field: undefined };

/** The error anew, with the stack of where it was thrown. */
export function fromCarried({ name, message, stack, code, hint, details, field }: CarriedError): Error {
  const kind = FAMILY[name as keyof typeof FAMILY];
  const error =
    kind === undefined
      ? Object.assign(new Error(message), { name }, code === undefined ? {} : { code })
      : new kind(message, { code: code ?? 'UNKNOWN', hint, details, field } as ConstructorParameters<
          typeof FinalError
        >[1] & { code: string });
  if (stack !== undefined) error.stack = stack;
  return error;
}

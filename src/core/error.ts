/**
 * The closed family of errors. Each says what went wrong, which thing, what was found, what was expected and
 * what to do next (`hint`); the edge of the program turns the class into an exit code, and nothing else does.
 */
import { cleanString } from './json-value.js';

export interface ErrorFacts {
  /** Stable, upper-case, machine-readable: `SHEET_COLUMN_MISSING`. */
  code: string;
  /** A command or an edit the reader can make next. */
  hint?: string | undefined;
  /** Facts for programs; must be JSON and must hold no secret. */
  details?: Record<string, unknown> | undefined;
  cause?: unknown;
}

const KINDS = Symbol.for('sluice.error-kinds');

/**
 * `instanceof` looks at the names of the classes, not at the classes: a user's task file and the engine may each
 * have loaded this module.
 */
export abstract class SluiceError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    const kinds = (value as { [KINDS]?: string[] } | null | undefined)?.[KINDS];
    return Array.isArray(kinds) && kinds.includes(this.name);
  }

  declare readonly [KINDS]: readonly string[];
  readonly code: string;
  readonly hint: string | undefined;
  readonly details: Record<string, unknown>;

  constructor(message: string, facts: ErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = new.target.name;
    Object.defineProperty(this, KINDS, { value: classNames(new.target), enumerable: false });
    this.code = facts.code;
    this.hint = facts.hint;
    this.details = facts.details ?? {};
  }
}

function classNames(most: typeof SluiceError): string[] {
  const names: string[] = [];
  for (
    let one: { name: string } | null = most;
    one !== null && one.name !== 'Error';
    one = Object.getPrototypeOf(one)
  ) {
    names.push(one.name);
  }
  return names;
}

/** The command was typed wrongly. Exit 2. */
export class UsageError extends SluiceError {}

/** A config, sheet, raster or other input cannot be used. Exit 3. */
export class InputError extends SluiceError {}

/** A database, queue or other server cannot be reached. Exit 4. */
export class BackendError extends SluiceError {}

/** There is no such batch, job, queue or task. Exit 6. */
export class NotFoundError extends SluiceError {}

/** Thrown by a task: this row cannot succeed, however often it is tried. Never retried. */
export class FinalError extends SluiceError {
  /** The input field that is to blame, when one is; it leads to the cell. */
  readonly field: string | undefined;

  constructor(message: string, facts: Partial<ErrorFacts> & { field?: string | undefined } = {}) {
    super(message, { code: 'FINAL', ...facts });
    this.field = facts.field;
  }
}

/** What is kept of a failure: safe to store, to print and to send between processes. */
export interface ErrorRecord {
  code: string;
  message: string;
  field?: string;
  hint?: string;
  /** Top stack frames, without paths outside the task's own files being hidden; absent for expected errors. */
  stack?: string;
}

const KEPT_FRAMES = 6;
const CALLER_FOLDER = new URL('../worker/', import.meta.url);
const CALLERS = [CALLER_FOLDER.href, decodeURIComponent(CALLER_FOLDER.pathname)];
const KEPT_MESSAGE = 2000;

/** Reduces anything thrown to an {@link ErrorRecord}. Never throws. */
export function toErrorRecord(thrown: unknown): ErrorRecord {
  if (thrown instanceof SluiceError) {
    return {
      code: thrown.code,
      message: cleanText(thrown.message),
      ...(thrown instanceof FinalError && thrown.field !== undefined ? { field: thrown.field } : {}),
      ...(thrown.hint === undefined ? {} : { hint: cleanText(thrown.hint) }),
    };
  }
  if (thrown instanceof Error) {
    const code = (thrown as Error & { code?: unknown }).code;
    const frames = framesOf(thrown);
    return {
      code: typeof code === 'string' ? code : thrown.name,
      message: cleanText(thrown.message || thrown.name),
      ...(frames.length > 0 ? { stack: cleanText(frames.slice(0, KEPT_FRAMES).join('\n')) } : {}),
    };
  }
  return { code: 'THROWN', message: cleanText(String(thrown)) };
}

/** Below the task's own code stands what called it, which is the same for every task and helps nobody. */
function framesOf({ stack = '' }: Error): string[] {
  const frames = stack.split('\n').filter((line) => line.trim().startsWith('at '));
  const called = frames.findIndex((frame) => CALLERS.some((place) => frame.includes(place)));
  return called > 0 ? frames.slice(0, called) : frames;
}

/** jsonb and text columns refuse NUL and halves of characters; messages are bounded so that a hostile one cannot fill the ledger. */
function cleanText(text: string): string {
  const kept = text.length > KEPT_MESSAGE ? `${text.slice(0, KEPT_MESSAGE)}…` : text;
  return cleanString(kept);
}

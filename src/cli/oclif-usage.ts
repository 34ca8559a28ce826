/** What oclif says of wrong flags and arguments, in the form of our own errors: one line, and what to type next. */
import { UsageError } from '../core/error.js';
import { isUsageOfOclif } from './exit-code.js';

const WRONG_VALUE = /^Parsing (--[\w-]+) \n\t([\s\S]*)$/;
const MISSING = /^Missing \d+ required args?:\n([\s\S]*)$/;
const SEVERAL = /^The following errors? occurred:\n([\s\S]*)$/;

/** An error of oclif's own, or one of ours from the reading of a flag, which oclif has put its words around. */
export function isWordedByOclif(error: unknown): error is Error {
  return isUsageOfOclif(error) || (error instanceof UsageError && WRONG_VALUE.test(error.message));
}

/** `command` as typed, such as `batch show`. */
export function toUsageError(error: Error, command: string): UsageError {
  return new UsageError(inOneLine(error.message), {
    code: error instanceof UsageError ? error.code : 'USAGE',
    hint: `jobs ${command} --help`,
    cause: error,
  });
}

function inOneLine(message: string): string {
  const said = message.replace(/\nSee more help with --help\s*$/, '').replace(/\n\nNote: --[\s\S]*$/, '');
  const wrong = WRONG_VALUE.exec(said);
  if (wrong !== null) return wrong[2]!.startsWith('--') ? wrong[2]! : `${wrong[1]}: ${wrong[2]}`;
  const missing = MISSING.exec(said);
  if (missing !== null) return listed(missing[1]!.replace(/^(\S+) +/gm, 'missing $1: '));
  return listed(SEVERAL.exec(said)?.[1] ?? said);
}

function listed(lines: string): string {
  return lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('; ');
}

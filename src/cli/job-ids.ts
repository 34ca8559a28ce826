/** Ids of jobs on the command line: as they are, or `-` for one a line on standard input. */
import { Args } from '@oclif/core';
import { NotFoundError, type SluiceError, UsageError } from '../core/error.js';
import { plural } from '../core/text.js';
import { confirm } from './confirm.js';
import { EXIT, exitCodeOf } from './exit-code.js';
import { printable } from './printable.js';

/** For commands with `static strict = false` that take one id or many. */
export const idsArg = {
  id: Args.string({
    ignoreStdin: true,
    description: 'Job ids, or - for ids on standard input, one a line',
    required: true,
  }),
};

export const oneIdArg = {
  id: Args.string({ ignoreStdin: true, description: 'Job id (see: jobs job list)', required: true }),
};

/** Each id once, in the order given. @throws {UsageError} when there is none */
export async function readIds(words: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const word of words) ids.push(...(word === '-' ? await idsOfStdin() : [word]));
  const given = [...new Set(ids.map((id) => id.trim()).filter((id) => id !== ''))];
  if (given.length === 0) throw new UsageError('There are no ids on standard input', { code: 'IDS_MISSING' });
  return given;
}

async function idsOfStdin(): Promise<string[]> {
  let text = '';
  for await (const part of process.stdin.setEncoding('utf8')) text += part;
  return text.split('\n');
}

/** Says how many jobs before it goes on. */
export async function confirmJobs(
  verb: string,
  ids: readonly string[],
  flags: { yes: boolean },
): Promise<void> {
  const what = ids.length === 1 ? `job ${printable(ids[0]!)}` : plural(ids.length, 'job');
  await confirm(`${verb} ${what}?`, flags);
}

/** What was done to one job, or why nothing was. */
export type IdOutcome<Done> = Done | { job: string; outcome: 'refused'; code: string; message: string };

/**
 * Does the same to each job, one after another. Of one id an error is thrown as it is; among many it is one of the
 * outcomes, and the others go on.
 */
export async function eachJob<Done>(
  ids: readonly string[],
  work: (id: string) => Promise<Done>,
): Promise<{ outcomes: IdOutcome<Done>[]; exitCode: number }> {
  if (ids.length === 1) return { outcomes: [await work(ids[0]!)], exitCode: EXIT.done };
  const outcomes: IdOutcome<Done>[] = [];
  let exitCode: number = EXIT.done;
  for (const id of ids) {
    try {
      outcomes.push(await work(id));
    } catch (error) {
      if (!(error instanceof NotFoundError || error instanceof UsageError)) throw error;
      outcomes.push(refused(id, error));
      exitCode = Math.max(exitCode, exitCodeOf(error));
    }
  }
  return { outcomes, exitCode };
}

function refused(job: string, error: SluiceError): IdOutcome<never> {
  return { job, outcome: 'refused', code: error.code, message: error.message };
}

/** Flags that say which dead letters are meant; shared by the commands of `dlq`. */
import { Flags } from '@oclif/core';
import type { LetterSelection } from '../batch/letter-selection.js';
import { durationFlag } from './duration-flag.js';

export const letterFlags = {
  task: Flags.string({ description: 'Only of this task', env: 'JOBS_TASK' }),
  batch: Flags.string({ description: 'Only rows of this batch', env: 'JOBS_BATCH' }),
  since: durationFlag({ description: 'Only those that failed within this time', env: 'JOBS_SINCE' }),
  older: durationFlag({ description: 'Only those that failed longer ago', env: 'JOBS_OLDER' }),
  where: Flags.string({
    description:
      "Only those for which this holds, such as 'code = NO_WATER and latitude > 23': fields of the letter and of its input",
    env: 'JOBS_WHERE',
  }),
};

export const groupFlag = Flags.string({
  description: 'Only those with this error (see: jobs dlq list --group error)',
  helpValue: 'FINGERPRINT',
  env: 'JOBS_GROUP',
});

export interface LetterFlags {
  task?: string | undefined;
  batch?: string | undefined;
  since?: number | undefined;
  older?: number | undefined;
  where?: string | undefined;
  group?: string | undefined;
  limit?: number | undefined;
}

export function toSelection(flags: LetterFlags, ids?: readonly string[]): LetterSelection {
  const ago = (ms: number | undefined) =>
    ms === undefined ? undefined : new Date(Date.now() - ms).toISOString();
  const selection = {
    ids,
    task: flags.task,
    batch: flags.batch,
    fingerprint: flags.group,
    since: ago(flags.since),
    before: ago(flags.older),
    where: flags.where,
    limit: flags.limit,
  };
  return Object.fromEntries(Object.entries(selection).filter(([, value]) => value !== undefined));
}

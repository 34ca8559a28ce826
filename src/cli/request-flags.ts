/** Flags that say which rows of a file are meant and how a task is set; shared by run and enqueue. */
import { Flags } from '@oclif/core';
import type { BatchRequest } from '../batch/request.js';
import { UsageError } from '../core/error.js';
import { parseKeyValues } from './key-values.js';

export const requestFlags = {
  set: Flags.string({
    description: 'Set an option of the task (see: jobs task show TASK); repeat for more',
    helpValue: 'NAME=VALUE',
    multiple: true,
    multipleNonGreedy: true,
    default: [],
    env: 'JOBS_SET',
  }),
  sheet: Flags.string({
    description: 'Sheet of the workbook to read (default: the first with data)',
    env: 'JOBS_SHEET',
  }),
  rows: Flags.string({
    description: 'Only these rows of the sheet, such as 2-200 or 5,9,12-14',
    env: 'JOBS_ROWS',
  }),
  where: Flags.string({
    description: 'Only rows for which this holds, such as \'State = "Gujarat"\'',
    env: 'JOBS_WHERE',
  }),
  limit: Flags.integer({ description: 'At most this many rows', min: 1, env: 'JOBS_LIMIT' }),
  sample: Flags.integer({
    description: 'This many rows, spread evenly over the file',
    min: 1,
    env: 'JOBS_SAMPLE',
  }),
  force: Flags.boolean({
    description: 'Also run rows that completed before with the same content',
    env: 'JOBS_FORCE',
  }),
  'request-id': Flags.custom<string>({
    description: 'Id that goes with the jobs into logs and outside calls [default: a new one]',
    helpValue: 'ID',
    env: 'JOBS_REQUEST_ID',
    parse: async (text) => readRequestId(text),
  })(),
};

export interface RequestFlags {
  set: string[];
  sheet?: string | undefined;
  rows?: string | undefined;
  where?: string | undefined;
  limit?: number | undefined;
  sample?: number | undefined;
  force: boolean;
  'request-id'?: string | undefined;
}

/** @throws {UsageError} when no file is named and nothing is piped in */
export function toRequest(task: string, file: string | undefined, flags: RequestFlags): BatchRequest {
  if (file === undefined && process.stdin.isTTY === true) {
    throw new UsageError(`No file: jobs run ${task} FILE, or pipe one in`, { code: 'ARGUMENT_MISSING' });
  }
  const selection = { rows: flags.rows, where: flags.where, limit: flags.limit, sample: flags.sample };
  return {
    task,
    file: file ?? '-',
    options: parseKeyValues(flags.set),
    sheet: flags.sheet,
    selection: Object.fromEntries(Object.entries(selection).filter(([, value]) => value !== undefined)),
    force: flags.force,
    requestId: flags['request-id'],
    mustResume: false,
  };
}

/** It is sent in headers and written into logs. @throws {UsageError} */
function readRequestId(text: string): string {
  if (/^[\x21-\x7e]{1,200}$/.test(text)) return text;
  throw new UsageError('--request-id: expected 1 to 200 visible ASCII characters without spaces', {
    code: 'FLAG_INVALID',
    hint: '--request-id "$(uuidgen)"',
  });
}

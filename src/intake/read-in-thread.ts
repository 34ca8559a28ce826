/**
 * Reads a large workbook in a thread of its own: unpacking and parsing XML is half of the work of a submission, and
 * its garbage stays out of the way of the rest.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { InputError } from '../core/error.js';
import type { SourceRow } from '../core/row.js';
import type { FromReader, ReadingRequest, ToReader } from './reading-thread.js';
import type { FormatRequest } from './source.js';
import type { SourceFile } from './source-file.js';

/** Below this a thread costs more than it saves. */
export const WORTH_A_THREAD_BYTES = 1_000_000;

/** Chunks read before they are asked for. */
const AHEAD = 1;
const NURSERY_MB = 8;

/** @throws {InputError} as the reader itself does */
export async function* readInThread(file: SourceFile, request: FormatRequest): AsyncGenerator<SourceRow[]> {
  const thread = start(file, request);
  const arrived: FromReader[] = [];
  let wake: () => void = () => {};
  const arrive = (message: FromReader): void => {
    arrived.push(message);
    wake();
  };
  thread.on('message', arrive);
  thread.on('error', (error) => arrive({ kind: 'broken', error }));
  thread.on('exit', () =>
    arrive({ kind: 'broken', error: new Error(`the thread that reads ${file.name} ended`) }),
  );
  const askForMore = (): void => thread.postMessage('more' satisfies ToReader);
  try {
    for (let chunk = 0; chunk < AHEAD; chunk++) askForMore();
    for (;;) {
      if (arrived.length === 0)
        await new Promise<void>((message) => {
          wake = message;
        });
      const message = arrived.shift();
      if (message === undefined) continue;
      if (message.kind === 'end') return;
      if (message.kind === 'broken') throw message.error;
      if (message.kind === 'refused') throw new InputError(message.message, message);
      askForMore();
      yield message.rows;
    }
  } finally {
    await thread.terminate();
  }
}

function start({ remove: _, ...file }: SourceFile, request: FormatRequest): Worker {
  const compiled = new URL('./reading-thread.js', import.meta.url);
  const isBuilt = existsSync(fileURLToPath(compiled));
  return new Worker(isBuilt ? compiled : new URL('./reading-thread.ts', import.meta.url), {
    workerData: { file, request } satisfies ReadingRequest,
    resourceLimits: { maxYoungGenerationSizeMb: NURSERY_MB },
    ...(isBuilt ? {} : { execArgv: ['--import', 'jiti/register'] }),
  });
}

/** The inside of the thread that reads a large workbook: sends chunks of rows, a few ahead of what was asked for. */
import { parentPort, workerData } from 'node:worker_threads';
import { InputError } from '../core/error.js';
import type { SourceRow } from '../core/row.js';
import type { FormatRequest } from './source.js';
import type { SourceFile } from './source-file.js';
import { openXlsx } from './xlsx-source.js';

export interface ReadingRequest {
  file: Omit<SourceFile, 'remove'>;
  request: FormatRequest;
}

export type FromReader =
  | { kind: 'rows'; rows: SourceRow[] }
  | { kind: 'end' }
  | {
      kind: 'refused';
      message: string;
      code: string;
      hint: string | undefined;
      details: Record<string, unknown>;
    }
  | { kind: 'broken'; error: Error };

/** Each message from the other side asks for one more chunk. */
export type ToReader = 'more';

if (parentPort !== null) read(parentPort, workerData as ReadingRequest);

async function read(port: NonNullable<typeof parentPort>, { file, request }: ReadingRequest): Promise<void> {
  let asked = 0;
  let wake: () => void = () => {};
  port.on('message', () => {
    asked += 1;
    wake();
  });
  const send = (message: FromReader): void => port.postMessage(message);
  try {
    const opened = await openXlsx({ ...file, remove: async () => {} }, request);
    for await (const rows of opened.rows()) {
      while (asked === 0)
        await new Promise<void>((more) => {
          wake = more;
        });
      asked -= 1;
      send({ kind: 'rows', rows });
    }
    opened.close();
    send({ kind: 'end' });
  } catch (error) {
    send(error instanceof InputError ? refused(error) : { kind: 'broken', error: error as Error });
  } finally {
    port.close();
  }
}

function refused({ message, code, hint, details }: InputError): FromReader {
  return { kind: 'refused', message, code, hint, details };
}

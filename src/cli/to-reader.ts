/** Standard output, part by part, to a reader that may be slow or go away. */
import { once } from 'node:events';

export type Write = (part: string) => Promise<void>;

/** Gives `work` what writes to standard output. A reader that goes away before the end (`| head`) ends it quietly. */
export async function toReader(work: (write: Write) => Promise<void>): Promise<void> {
  try {
    await work(write);
  } catch (error) {
    if (!(error instanceof ReaderGone)) throw error;
  }
}

/** One JSON array of items that are JSON already. */
export async function* jsonArray(items: AsyncIterable<string>): AsyncGenerator<string> {
  let before = '[\n';
  for await (const item of items) {
    yield before + item;
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

/** Waits when the reader is slower. @throws {ReaderGone} */
async function write(part: string): Promise<void> {
  if (process.stdout.destroyed || process.stdout.errored !== null) throw new ReaderGone();
  if (process.stdout.write(part)) return;
  await once(process.stdout, 'drain').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EPIPE' ? new ReaderGone() : error;
  });
}

/** Whoever read standard output wants no more: no fault, and nothing left to do. */
class ReaderGone extends Error {}

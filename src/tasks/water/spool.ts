/** Items that are read several times, kept in a temporary file of JSON lines instead of in memory. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Spool<T> {
  /** The items from the first, as often as wanted. */
  read(): AsyncIterable<T>;
  /** Deletes the file; call it whatever happens. */
  remove(): Promise<void>;
}

/** Writes all items out. Nothing is left behind when that fails. */
export async function spool<T>(items: AsyncIterable<T>): Promise<Spool<T>> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-'));
  const file = join(folder, 'items.jsonl');
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await pipeline(Readable.from(lines(items)), createWriteStream(file, { flags: 'wx', mode: 0o600 }));
  } catch (error) {
    await remove();
    throw error;
  }
  return { read: () => readLines<T>(file), remove };
}

async function* lines(items: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const item of items) yield `${oneLine(JSON.stringify(item))}\n`;
}

/** JSON leaves Unicode's line and paragraph separators as they are; the line reader would break at them. */
function oneLine(json: string): string {
  return json.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

async function* readLines<T>(file: string): AsyncGenerator<T> {
  const stream = createReadStream(file, 'utf8');
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      yield JSON.parse(line) as T;
    }
  } finally {
    stream.destroy();
  }
}

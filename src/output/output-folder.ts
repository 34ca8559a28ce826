/**
 * The folder that outputs go to. A file appears under its name whole and synced, or not at all: it is written
 * beside under a temporary name, then renamed.
 */
import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder } from '../core/make-folder.js';
import { hashFile } from './hash-file.js';
import { asOutputError, type WritePlace } from './output-error.js';
import type { OutputFile } from './output-request.js';
import { numberedName, safeName } from './safe-name.js';
import { openSink, type Sink } from './sink.js';

const TEMPORARY = /^\.sluice-[0-9a-f]{16}\.tmp$/;
const ABANDONED_AFTER_MS = 60 * 60 * 1000;
const MAX_NUMBER = 1000;

export interface OutputFolder {
  /**
   * Writes one file. A name that is the input file, or that was given out before, gets a number.
   * @throws {InputError} OUTPUT_DISK_FULL, OUTPUT_NOT_WRITABLE
   */
  place(kind: string, name: string, produce: Produce): Promise<OutputFile>;
  /** As `place`, but a file that is there and not ours is left alone and the next number taken. */
  placeBesideOthers(kind: string, name: string, produce: Produce): Promise<OutputFile>;
  /** Removes `name` and its numbered kin where they are ours by content, but nothing that was written here now. */
  removeOwned(name: string): Promise<void>;
}

export type Produce = (sink: Sink) => Promise<void>;

export interface OutputFolderOptions {
  outDir: string;
  /** For messages; undefined when the files are of no one batch. */
  batchId: string | undefined;
  /** The file the batch was read from: never written onto, by whatever name it is reached. */
  inputPath: string;
  owns?: ((path: string, sha256: string) => Promise<boolean>) | undefined;
}

/** Makes the folder when it is missing. @throws {InputError} OUTPUT_NOT_WRITABLE, OUTPUT_DISK_FULL */
export async function openOutputFolder(options: OutputFolderOptions): Promise<OutputFolder> {
  const { outDir, batchId } = options;
  try {
    makeFolder(outDir);
    await removeAbandoned(outDir);
  } catch (error) {
    throw await asOutputError(error, { path: outDir, batchId, bytes: 0 });
  }
  const given = new Set<string>();

  async function placeAs(kind: string, wanted: string, produce: Produce, mayReplace: MayReplace) {
    const name = await freeName(wanted, mayReplace);
    given.add(name.toLowerCase());
    const target = path.join(outDir, name);
    const written = await writeBeside(target, batchId, produce);
    return { kind, path: target, ...written };
  }

  async function freeName(wanted: string, mayReplace: MayReplace): Promise<string> {
    for (let number = 1; number <= MAX_NUMBER; number++) {
      const name = numberedName(wanted, number);
      const target = path.join(outDir, name);
      if (given.has(name.toLowerCase()) || (await isSameFile(target, options.inputPath))) continue;
      if (await mayReplace(target)) return name;
    }
    return numberedName(wanted, Date.now());
  }

  async function isOwned(target: string): Promise<boolean> {
    if (options.owns === undefined) return false;
    const hashed = await hashFile(target).catch(() => null);
    return hashed !== null && options.owns(target, hashed.sha256);
  }

  return {
    place: (kind, name, produce) => placeAs(kind, name, produce, async () => true),
    placeBesideOthers: (kind, name, produce) =>
      placeAs(kind, name, produce, async (target) => !(await exists(target)) || (await isOwned(target))),
    async removeOwned(name) {
      const numbered = new RegExp(`^${escapeRegExp(numberedName(name, 2)).replace('-2', '-\\d+')}$`);
      for (const found of await readdir(outDir)) {
        if ((found !== name && !numbered.test(found)) || given.has(found.toLowerCase())) continue;
        const target = path.join(outDir, found);
        if (!(await isSameFile(target, options.inputPath)) && (await isOwned(target)))
          await rm(target, { force: true });
      }
    },
  };
}

type MayReplace = (target: string) => Promise<boolean>;

/** Name of an output of a batch: `<stem>.<rest>`, safe whatever the parts hold. */
export function outputName(stem: string, rest: string): string {
  return `${safeName(stem)}.${safeName(rest, 'file')}`;
}

async function writeBeside(target: string, batchId: string | undefined, produce: Produce) {
  const place: WritePlace = { path: target, batchId, bytes: 0 };
  const folder = path.dirname(target);
  const temporary = path.join(folder, `.sluice-${randomBytes(8).toString('hex')}.tmp`);
  const handle = await atPlace(place, () => open(temporary, 'wx'));
  try {
    const sink = openSink(handle, (error, bytes) => asOutputError(error, { ...place, bytes }));
    await produce(sink);
    const written = await sink.end();
    place.bytes = written.bytes;
    await atPlace(place, () => handle.sync());
    await atPlace(place, () => handle.close());
    await atPlace(place, () => rename(temporary, target));
    await syncFolder(folder);
    return written;
  } finally {
    await handle.close().catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

async function atPlace<T>(place: WritePlace, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw await asOutputError(error, place);
  }
}

/** Best effort: some systems cannot open a folder. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close().catch(() => undefined);
}

/** Temporary files of a process that was killed. A young one may belong to a process that is still writing. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!TEMPORARY.test(name)) continue;
    const found = await stat(path.join(folder, name)).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS) {
      await rm(path.join(folder, name), { force: true }).catch(() => undefined);
    }
  }
}

async function exists(target: string): Promise<boolean> {
  return (await stat(target).catch(() => null)) !== null;
}

/** True for one file under two names too: links, and other spellings where case does not count. */
async function isSameFile(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all(
    [a, b].map((file) => stat(file, { bigint: true }).catch(() => null)),
  );
  return first != null && second != null && first.dev === second.dev && first.ino === second.ino;
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

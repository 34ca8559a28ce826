/** The input file on disk: found, readable, hashed; standard input is kept in a private file so that it can be read again. */
import { createHash } from 'node:crypto';
import { constants, createReadStream, createWriteStream } from 'node:fs';
import { access, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { InputError } from '../core/error.js';
import { nearestName } from '../core/nearest-name.js';
import { Utf8Check } from './text-encoding.js';

export interface SourceFile {
  /** Base name, for people; `stdin` for standard input. */
  name: string;
  /** Absolute path as given; `-` for standard input. */
  path: string;
  /** Where the bytes are. */
  readPath: string;
  bytes: number;
  sha256: string;
  /** Up to 256 KiB from the beginning. */
  head: Buffer;
  /** Every byte of it is valid UTF-8. */
  validUtf8: boolean;
  /** Removes what was written to temporary folders. */
  remove(): Promise<void>;
}

const HEAD_BYTES = 256 * 1024;

/**
 * @throws {InputError} FILE_NOT_FOUND, FILE_IS_A_FOLDER, FILE_UNREADABLE, FILE_EMPTY
 */
export async function openSourceFile(given: string, stdin: Readable): Promise<SourceFile> {
  if (given === '-') return spooled(stdin, 'stdin', '-');
  const path = resolve(given);
  const facts = await stat(path).catch(async (error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' || error.code === 'ENOTDIR'
      ? await notFound(path)
      : unreadable(path, error);
  });
  if (facts.isDirectory()) {
    const hint = 'Name one file in it: .xlsx, .csv, .tsv, .ndjson or .geojson';
    throw new InputError(`${path} is a folder; expected a file`, {
      code: 'FILE_IS_A_FOLDER',
      hint,
      details: { path },
    });
  }
  await access(path, constants.R_OK).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(path, error);
  });
  // A pipe (such as `<(command)`) can be read only once.
  if (!facts.isFile()) return spooled(createReadStream(path), basename(path), path);
  return {
    name: basename(path),
    path,
    readPath: path,
    ...(await examine(path, basename(path))),
    remove: async () => {},
  };
}

async function spooled(input: Readable, name: string, path: string): Promise<SourceFile> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const readPath = join(folder, 'input');
    await pipeline(input, createWriteStream(readPath, { flags: 'wx', mode: 0o600 }));
    return { name, path, readPath, ...(await examine(readPath, name)), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function examine(
  path: string,
  name: string,
): Promise<Pick<SourceFile, 'bytes' | 'sha256' | 'head' | 'validUtf8'>> {
  const hash = createHash('sha256');
  const utf8 = new Utf8Check();
  const heads: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      if (bytes < HEAD_BYTES) heads.push(Buffer.from(chunk.subarray(0, HEAD_BYTES - bytes)));
      hash.update(chunk);
      utf8.push(chunk);
      bytes += chunk.length;
    }
  } catch (error) {
    throw unreadable(path, error as NodeJS.ErrnoException);
  }
  if (bytes === 0) throw emptyFile(name);
  return { bytes, sha256: hash.digest('hex'), head: Buffer.concat(heads), validUtf8: utf8.ok };
}

export function emptyFile(name: string): InputError {
  return new InputError(`${name} is empty; expected a header row and at least one row under it`, {
    code: 'FILE_EMPTY',
    hint: 'Save the sheet again, or check that the export that made it had finished',
    details: { file: name },
  });
}

async function notFound(path: string): Promise<InputError> {
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => undefined);
  const nearest = names === undefined ? undefined : nearestName(basename(path), names);
  const hint =
    names === undefined
      ? `The folder ${folder} does not exist either`
      : nearest === undefined
        ? `Look at what is there: ls ${folder}`
        : `Did you mean ${join(folder, nearest)}?`;
  return new InputError(`There is no file ${path}`, {
    code: 'FILE_NOT_FOUND',
    hint,
    details: { path, nearest },
  });
}

function unreadable(path: string, cause: NodeJS.ErrnoException): InputError {
  const why =
    cause.code === 'EACCES' || cause.code === 'EPERM'
      ? 'no permission to read it'
      : (cause.code ?? cause.message);
  return new InputError(`${path} cannot be read: ${why}`, {
    code: 'FILE_UNREADABLE',
    hint: `Check it with: ls -l ${path}`,
    details: { path, errno: cause.code },
    cause,
  });
}

/**
 * A ready-made data folder in one file, so that the first run does not wait for initdb. The file is gzip of: one line of
 * JSON (stamp, paths, sizes), then the files' bytes one after the other. Written by scripts/build-database-template.mjs.
 */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import type { Migration } from '../migrations.js';
import { EMBEDDED_MAJOR } from './server-settings.js';

interface Contents {
  stamp: string;
  /** Relative, with `/`. */
  folders: string[];
  files: [path: string, bytes: number][];
}

/** Where the build writes the template, seen from `src/database/embedded` and from `dist/src/database/embedded`. */
const CANDIDATES = ['../../../dist/database-template.gz', '../../../database-template.gz'];

/** What a template depends on; another stamp means it must not be used. */
export function templateStamp(migrations: readonly Migration[]): string {
  const hash = createHash('sha256').update(`1 ${EMBEDDED_MAJOR}`);
  for (const migration of migrations) hash.update(`\n${migration.number} ${migration.checksum}`);
  return hash.digest('hex').slice(0, 16);
}

/** The unzipped template with this stamp; undefined when there is none that can be read, for it only saves time. */
export function findTemplate(stamp: string): Buffer | undefined {
  for (const candidate of CANDIDATES) {
    const path = fileURLToPath(new URL(candidate, import.meta.url));
    if (!existsSync(path)) continue;
    try {
      const packed = gunzipSync(readFileSync(path));
      if (readContents(packed).contents.stamp === stamp) return packed;
    } catch {
      // Cut short: a database is made without it.
    }
  }
  return undefined;
}

export function packFolder(folder: string, stamp: string): Buffer {
  const contents: Contents = { stamp, folders: [], files: [] };
  const bodies: Buffer[] = [];
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(folder, entry);
    const name = relative(folder, path).replaceAll(sep, '/');
    if (lstatSync(path).isDirectory()) {
      contents.folders.push(name);
    } else {
      const body = readFileSync(path);
      contents.files.push([name, body.length]);
      bodies.push(body);
    }
  }
  return gzipSync(Buffer.concat([Buffer.from(`${JSON.stringify(contents)}\n`), ...bodies]), {
    level: constants.Z_BEST_COMPRESSION,
  });
}

/** Writes the files of an unzipped template into `folder`, which must not exist. Readable by its owner only. */
export function unpackFolder(packed: Buffer, folder: string): void {
  const { contents, start } = readContents(packed);
  mkdirSync(folder, { mode: 0o700 });
  for (const name of contents.folders) mkdirSync(inside(folder, name), { recursive: true, mode: 0o700 });
  let offset = start;
  for (const [name, bytes] of contents.files) {
    writeFileSync(inside(folder, name), packed.subarray(offset, offset + bytes), { mode: 0o600 });
    offset += bytes;
  }
  if (offset !== packed.length) throw new Error('the database template is damaged: its length is wrong');
}

function readContents(packed: Buffer): { contents: Contents; start: number } {
  const end = packed.indexOf(10);
  return { contents: JSON.parse(packed.subarray(0, end).toString('utf8')) as Contents, start: end + 1 };
}

function inside(folder: string, name: string): string {
  const path = normalize(join(folder, name));
  if (!path.startsWith(folder + sep)) throw new Error(`the database template has a path outside: ${name}`);
  if (dirname(path) === path) throw new Error(`the database template has a path without a name: ${name}`);
  return path;
}

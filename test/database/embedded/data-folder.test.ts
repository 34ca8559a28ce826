import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/database/database.js';
import { EMBEDDED_MAJOR } from '../../../src/database/embedded/server-settings.js';
import { packFolder, unpackFolder } from '../../../src/database/embedded/template.js';
import { queueTables } from '../../../src/queue/queue-tables.js';

let root: string;
let stateDir: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-folder-'));
  stateDir = join(root, '.jobs');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

async function openAndAsk(text: string): Promise<unknown[]> {
  const database = await openDatabase({ queueTables, stateDir });
  try {
    return (await database.query(text)).rows;
  } finally {
    await database.close();
  }
}

describe('the embedded database’s folder', () => {
  it('can be entered by its owner only', async () => {
    await openAndAsk('SELECT 1');
    expect(statSync(stateDir).mode & 0o777).toBe(0o700);
    expect(statSync(join(stateDir, 'db')).mode & 0o777).toBe(0o700);
  });

  it('keeps what was written when it is opened again', async () => {
    await openAndAsk('CREATE TABLE public.note AS SELECT 7 AS n');
    expect(await openAndAsk('SELECT n FROM public.note')).toEqual([{ n: 7 }]);
  });

  it('is made anew when an earlier process was killed while making it', async () => {
    mkdirSync(join(stateDir, 'db.new-1-1', 'base'), { recursive: true });
    writeFileSync(join(stateDir, 'db.new-1-1', 'PG_VERSION'), `${EMBEDDED_MAJOR}\n`);
    expect(await openAndAsk('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(readdirSync(stateDir)).toEqual(['db']);
  });

  it('is refused, and left alone, when another PostgreSQL version made it', async () => {
    mkdirSync(join(stateDir, 'db'), { recursive: true });
    writeFileSync(join(stateDir, 'db', 'PG_VERSION'), '16\n');
    await expect(openDatabase({ queueTables, stateDir })).rejects.toMatchObject({
      code: 'DATABASE_FOLDER_VERSION',
      message: expect.stringContaining('PostgreSQL 16'),
    });
    expect(readdirSync(stateDir)).toEqual(['db']);
  });

  it('is refused, and left alone, when it is no database', async () => {
    mkdirSync(join(stateDir, 'db'), { recursive: true });
    writeFileSync(join(stateDir, 'db', 'thesis.txt'), 'do not lose');
    await expect(openDatabase({ queueTables, stateDir })).rejects.toMatchObject({
      code: 'DATABASE_FOLDER_DAMAGED',
    });
    expect(existsSync(join(stateDir, 'db', 'thesis.txt'))).toBe(true);
  });

  it('is of the major version that the program says', async () => {
    const [row] = (await openAndAsk('SHOW server_version_num')) as [{ server_version_num: string }];
    expect(row.server_version_num.slice(0, 2)).toBe(EMBEDDED_MAJOR);
  });

  it('does not change the exit code of the process', async () => {
    const before = process.exitCode;
    process.exitCode = 5;
    try {
      await openAndAsk('SELECT 1');
      expect(process.exitCode).toBe(5);
    } finally {
      process.exitCode = before;
    }
  });
});

describe('the template', () => {
  it('gives back the files and empty folders it was made from', () => {
    const from = join(root, 'from');
    mkdirSync(join(from, 'a', 'empty'), { recursive: true });
    writeFileSync(join(from, 'a', 'bytes'), Buffer.from([0, 10, 255]));
    writeFileSync(join(from, 'none'), '');
    unpackFolder(gunzipSync(packFolder(from, 'stamp')), join(root, 'to'));
    expect(readdirSync(join(root, 'to'), { recursive: true }).sort()).toEqual([
      'a',
      'a/bytes',
      'a/empty',
      'none',
    ]);
    expect(readFileSync(join(root, 'to', 'a', 'bytes'))).toEqual(Buffer.from([0, 10, 255]));
  });

  it('is refused when it is cut short', () => {
    mkdirSync(join(root, 'from'));
    writeFileSync(join(root, 'from', 'file'), 'x'.repeat(100));
    const packed = gunzipSync(packFolder(join(root, 'from'), 'stamp'));
    expect(() => unpackFolder(packed.subarray(0, -10), join(root, 'to'))).toThrow(/damaged/);
  });

  it('cannot write outside its folder', () => {
    const evil = Buffer.from(`${JSON.stringify({ stamp: '', folders: [], files: [['../evil', 1]] })}\nx`);
    expect(() => unpackFolder(evil, join(root, 'to'))).toThrow(/outside/);
    expect(existsSync(join(root, 'evil'))).toBe(false);
  });
});

import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { InputError } from '../../src/core/error.js';
import { writeOutputs } from '../../src/output/write-outputs.js';
import { ledgerRows, requestOf, scratch, writeSourceWorkbook } from './fixture.js';

const run = promisify(execFile);

async function batch(count = 40) {
  const folder = await scratch();
  const rows = ledgerRows({ count });
  return { folder, rows, source: await writeSourceWorkbook(path.join(folder, 'sites.xlsx'), rows) };
}

/** A file system of its own, unmounted after the test; null, aloud, where mounting is not allowed. */
async function mounted(folder: string, options: string, title: string): Promise<string | null> {
  const place = path.join(folder, 'mounted');
  await mkdir(place);
  try {
    await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', place]);
  } catch (error) {
    console.warn(
      `not run: "${title}": a tmpfs cannot be mounted here (needs root): ${(error as Error).message.trim()}`,
    );
    return null;
  }
  onTestFinished(async () => {
    await run('umount', [place]);
  });
  return place;
}

async function failureOf(work: Promise<unknown>): Promise<InputError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(InputError);
  return error as InputError;
}

test('a full disk is an error that names the file, what was needed, and how to export elsewhere', async () => {
  const { folder, rows, source } = await batch(1500);
  const outDir = await mounted(folder, 'size=64k', 'a full disk');
  if (outDir === null) return;
  const error = await failureOf(writeOutputs(requestOf({ outDir, source, rows })));
  expect(error.code).toBe('OUTPUT_DISK_FULL');
  expect(error.message).toContain(path.join(outDir, 'sites.'));
  expect(error.message).toMatch(/needed more than [\d,]+ bytes .* bytes are free.*safe in the ledger/);
  expect(error.hint).toContain('jobs batch export b_0abcdefgh1234567 --out DIR');
  expect((await readdir(outDir)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test.each([
  { full: 'sites.results.xlsx', size: '20k' },
  { full: 'sites.results.csv', size: '72k' },
  { full: 'sites.report.html', size: '340k' },
])('a disk that fills up in $full leaves no part of it', async ({ full, size }) => {
  const { folder, rows, source } = await batch(400);
  const outDir = await mounted(folder, `size=${size}`, `a disk that fills up in ${full}`);
  if (outDir === null) return;
  const error = await failureOf(writeOutputs(requestOf({ outDir, source, rows, maxStyledBytes: 1 })));
  expect([error.code, error.details.path]).toEqual(['OUTPUT_DISK_FULL', path.join(outDir, full)]);
  const left = await readdir(outDir);
  expect(left).not.toContain(full);
  expect(left.filter((name) => name.startsWith('.sluice-'))).toEqual([]);
});

test('a read-only folder is an error that names it and says why', async () => {
  const { folder, rows, source } = await batch();
  const outDir = await mounted(folder, 'ro,size=64k', 'a read-only folder');
  if (outDir === null) return;
  const error = await failureOf(writeOutputs(requestOf({ outDir, source, rows })));
  expect(error.code).toBe('OUTPUT_NOT_WRITABLE');
  expect(error.message).toContain(outDir);
  expect(error.message).toContain('read-only');
});

test('an output folder that is a file, or below one, is an error that says so', async () => {
  const { folder, rows, source } = await batch();
  const file = path.join(folder, 'taken');
  await writeFile(file, 'x');
  for (const outDir of [file, path.join(file, 'below')]) {
    const error = await failureOf(writeOutputs(requestOf({ outDir, source, rows })));
    expect(error.code).toBe('OUTPUT_NOT_WRITABLE');
    expect(error.message).toContain(outDir);
    expect(error.message).toMatch(/is a file|is in the way/);
    expect(error.hint).toContain('--out DIR');
  }
});

test('a folder that has the name of an output is an error that names it', async () => {
  const { folder, rows, source } = await batch();
  const outDir = path.join(folder, 'out');
  await mkdir(path.join(outDir, 'sites.results.csv', 'full'), { recursive: true });
  const error = await failureOf(writeOutputs(requestOf({ outDir, source, rows })));
  expect(error.code).toBe('OUTPUT_NOT_WRITABLE');
  expect(error.message).toContain('sites.results.csv');
});

test('what goes wrong while rows are read is not taken for a fault of the disk', async () => {
  const { folder, rows, source } = await batch();
  const request = requestOf({ outDir: path.join(folder, 'out'), source, rows });
  let reads = 0;
  const broken = Object.assign(new Error('connection reset'), { code: 'ECONNRESET', syscall: 'read' });
  const work = writeOutputs({
    ...request,
    maxStyledBytes: 1,
    rows: async function* () {
      reads += 1;
      yield rows[0]!;
      if (reads === 2) throw broken;
    },
  });
  await expect(work).rejects.toBe(broken);
  expect(await readdir(path.join(folder, 'out'))).toEqual([]);
});

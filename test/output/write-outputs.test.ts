import { mkdtemp, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { writeOutputs } from '../../src/output/write-outputs.js';
import {
  ledgerRows,
  requestOf,
  scratch,
  sha256,
  sourceOf,
  writeLayers,
  writeSourceWorkbook,
} from './fixture.js';

async function batchOfForty() {
  const folder = await scratch();
  const rows = ledgerRows();
  const source = await writeSourceWorkbook(path.join(folder, 'sites.xlsx'), rows);
  const artifacts = await writeLayers(await mkdtemp(path.join(folder, 'made-')));
  return { folder, rows, source, artifacts, outDir: path.join(folder, 'out') };
}

test('a batch leaves a workbook, its failed rows, CSV, points, artifacts, a report and a certificate', async () => {
  const { outDir, source, rows, artifacts } = await batchOfForty();
  const outputs = await writeOutputs(requestOf({ outDir, source, rows, artifacts }));
  expect(outputs.map(({ kind, path: file }) => [kind, path.basename(file)])).toEqual([
    ['workbook', 'sites.results.xlsx'],
    ['failed-rows', 'sites.failed-rows.xlsx'],
    ['csv', 'sites.results.csv'],
    ['geojson', 'sites.points.geojson'],
    ['geojson', 'sites.watersheds.geojson'],
    ['geojson', 'sites.waterbodies.geojson'],
    ['report', 'sites.report.html'],
    ['certificate', 'sites.certificate.json'],
  ]);
});

test('every hash and size that is returned is that of the file, and nothing else is left in the folder', async () => {
  const { outDir, source, rows, artifacts } = await batchOfForty();
  const outputs = await writeOutputs(requestOf({ outDir, source, rows, artifacts }));
  for (const output of outputs) {
    const bytes = await readFile(output.path);
    expect([output.sha256, output.bytes]).toEqual([sha256(bytes), bytes.byteLength]);
  }
  expect((await readdir(outDir)).sort()).toEqual(outputs.map((output) => path.basename(output.path)).sort());
});

test('the certificate has rows in, rows out by state, and the hash of every other output', async () => {
  const { outDir, source, rows, artifacts } = await batchOfForty();
  const outputs = await writeOutputs(requestOf({ outDir, source, rows, artifacts }));
  const certificate = JSON.parse(await readFile(path.join(outDir, 'sites.certificate.json'), 'utf8'));
  expect(certificate).toMatchObject({
    batch: 'b_0abcdefgh1234567',
    task: 'desilting',
    taskVersion: 1,
    source: { file: 'sites.xlsx', sha256: source.sha256, bytes: source.bytes, sheet: 'Sites 2024', rows: 40 },
    rowsIn: 40,
    counts: { total: 40, completed: 33, failed: 2, invalid: 2, skipped: 3, cancelled: 0 },
    startedAt: '2026-11-21T09:20:00.000Z',
    elapsedMs: 5120,
    versions: { sluice: '0.1.0' },
  });
  expect(certificate.outputs).toEqual(
    outputs.slice(0, -1).map(({ kind, path: file, sha256: hash, bytes }) => ({
      kind,
      file: path.basename(file),
      sha256: hash,
      bytes,
    })),
  );
  expect(certificate).not.toHaveProperty('replaces');
});

test('the input file keeps its bytes also when an output has its name, and through a link', async () => {
  const folder = await scratch();
  const rows = ledgerRows();
  const input = path.join(folder, 'sites.results.xlsx');
  const source = await writeSourceWorkbook(input, rows);
  await symlink(input, path.join(folder, 'sites.results.csv'));
  const outputs = await writeOutputs(requestOf({ outDir: folder, source, rows }));
  expect(sha256(await readFile(input))).toBe(source.sha256);
  expect(outputs.map((output) => path.basename(output.path))).toContain('sites.results-2.xlsx');
  expect(outputs.map((output) => path.basename(output.path))).toContain('sites.results-2.csv');
});

test('a second run replaces the outputs of the first', async () => {
  const { outDir, source, rows } = await batchOfForty();
  const written: string[] = [];
  const owns = async (_: string, hash: string) => written.includes(hash);
  const request = requestOf({ outDir, source, rows, owns });
  written.push(...(await writeOutputs(request)).map((output) => output.sha256));
  const before = await readdir(outDir);
  await writeOutputs(request);
  expect(await readdir(outDir)).toEqual(before);
});

test('failed rows that the user has corrected are never overwritten', async () => {
  const { outDir, source, rows } = await batchOfForty();
  const owned = new Set<string>();
  const request = requestOf({ outDir, source, rows, owns: async (_, hash) => owned.has(hash) });
  for (const output of await writeOutputs(request)) owned.add(output.sha256);
  const file = path.join(outDir, 'sites.failed-rows.xlsx');
  await writeFile(file, 'corrected by hand');
  const names = (await writeOutputs(request)).map((output) => path.basename(output.path));
  expect(names).toContain('sites.failed-rows-2.xlsx');
  expect(await readFile(file, 'utf8')).toBe('corrected by hand');
});

test('when no row fails any more, the old failed rows go, unless the user has edited them', async () => {
  const { outDir, source, rows } = await batchOfForty();
  const owned = new Set<string>();
  const owns = async (_: string, hash: string) => owned.has(hash);
  for (const output of await writeOutputs(requestOf({ outDir, source, rows, owns })))
    owned.add(output.sha256);
  await writeFile(path.join(outDir, 'sites.failed-rows-2.xlsx'), 'corrected by hand');
  const mended = ledgerRows({
    change: (row) => ({ ...row, state: 'completed', reason: null, error: null, issues: [] }),
  });
  const outputs = await writeOutputs(requestOf({ outDir, source, rows: mended, owns }));
  expect(outputs.map((output) => output.kind)).not.toContain('failed-rows');
  const left = await readdir(outDir);
  expect(left).not.toContain('sites.failed-rows.xlsx');
  expect(left).toContain('sites.failed-rows-2.xlsx');
});

test('a stem and artifact names that point elsewhere stay in the folder', async () => {
  const { folder, outDir, source, rows } = await batchOfForty();
  const made = path.join(folder, 'made.tif');
  await writeFile(made, 'raster');
  const artifact = {
    name: '../../etc/pass\u0000wd',
    kind: 'raster',
    path: made,
    sha256: sha256('raster'),
    bytes: 6,
  };
  const outputs = await writeOutputs(
    requestOf({ outDir, source, rows, stem: '../..\\evil/..', artifacts: [artifact] }),
  );
  for (const output of outputs) expect(path.dirname(output.path)).toBe(outDir);
  expect(outputs.map((output) => output.kind)).toContain('raster');
});

test('an artifact named like an output of ours does not replace it', async () => {
  const { folder, outDir, source, rows } = await batchOfForty();
  const made = path.join(folder, 'made.csv');
  await writeFile(made, 'mine');
  const artifact = { name: 'results.csv', kind: 'csv', path: made, sha256: sha256('mine'), bytes: 4 };
  const names = (await writeOutputs(requestOf({ outDir, source, rows, artifacts: [artifact] }))).map(
    (output) => path.basename(output.path),
  );
  expect(names).toContain('sites.results.csv');
  expect(names).toContain('sites.results-2.csv');
});

test('an artifact that was changed after the task wrote it is an error that names it', async () => {
  const { folder, outDir, source, rows } = await batchOfForty();
  const made = path.join(folder, 'made.tif');
  await writeFile(made, 'other bytes');
  const artifact = { name: 'water.tif', kind: 'raster', path: made, sha256: sha256('raster'), bytes: 6 };
  await expect(
    writeOutputs(requestOf({ outDir, source, rows, artifacts: [artifact] })),
  ).rejects.toMatchObject({
    code: 'OUTPUT_ARTIFACT_CHANGED',
    message: expect.stringContaining('water.tif'),
    hint: expect.stringContaining('jobs batch resume b_0abcdefgh1234567'),
  });
});

test('a batch of no rows still has its workbook, CSV, report and certificate', async () => {
  const folder = await scratch();
  const file = path.join(folder, 'none.csv');
  await writeFile(file, 'a\n');
  const outputs = await writeOutputs(
    requestOf({ outDir: folder, source: await sourceOf(file, {}), rows: [], stem: 'none' }),
  );
  expect(outputs.map((output) => output.kind)).toEqual(['workbook', 'csv', 'report', 'certificate']);
  expect(await readFile(path.join(folder, 'none.results.csv'), 'utf8')).toMatch(/^sheet,row,.*\n$/);
});

test('temporary files of a killed process are cleared away once they are old, and only ours', async () => {
  const { outDir, source, rows } = await batchOfForty();
  await writeOutputs(requestOf({ outDir, source, rows }));
  const old = path.join(outDir, '.sluice-0123456789abcdef.tmp');
  const young = path.join(outDir, '.sluice-fedcba9876543210.tmp');
  const theirs = path.join(outDir, 'draft.tmp');
  const { utimes } = await import('node:fs/promises');
  for (const file of [old, young, theirs]) await writeFile(file, 'x');
  for (const file of [old, theirs]) await utimes(file, new Date(0), new Date(0));
  await writeOutputs(requestOf({ outDir, source, rows }));
  await expect(stat(old)).rejects.toThrow('ENOENT');
  expect((await stat(young)).size + (await stat(theirs)).size).toBe(2);
});

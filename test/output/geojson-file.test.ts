import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { LedgerRow } from '../../src/core/row.js';
import { writeOutputs } from '../../src/output/write-outputs.js';
import { ledgerRows, requestOf, scratch, sha256, writeSourceWorkbook } from './fixture.js';

async function pointsOf(rows: readonly LedgerRow[]) {
  const folder = await scratch();
  const source = await writeSourceWorkbook(path.join(folder, 'sites.xlsx'), rows);
  await writeOutputs(requestOf({ outDir: folder, source, rows }));
  return JSON.parse(await readFile(path.join(folder, 'sites.points.geojson'), 'utf8'));
}

test('every row with a point is a feature; rows without one are not', async () => {
  const collection = await pointsOf(ledgerRows());
  expect(collection.type).toBe('FeatureCollection');
  expect(collection.features).toHaveLength(38);
  expect(collection.features[0].geometry.type).toBe('Point');
});

test('properties are sheet, row, status, reason, attempts, the cells, then the results', async () => {
  const { features } = await pointsOf(ledgerRows());
  const keys = Object.keys(features[6].properties);
  expect(keys.slice(0, 6)).toEqual(['sheet', 'row', 'status', 'reason', 'attempts', 'Sr No.']);
  expect(keys.at(-1)).toBe('match');
  expect(features[6].properties).toMatchObject({ row: 8, status: 'failed', attempts: 1 });
});

test('coordinates have at most 7 decimals, and a geometry of the row comes before its input', async () => {
  const line = {
    type: 'LineString',
    coordinates: [
      [72.123456789, 23.123456789],
      [72.2, 23.2],
    ],
  };
  const { features } = await pointsOf(
    ledgerRows({ count: 1, change: (row) => ({ ...row, geometry: line }) }),
  );
  expect(features[0].geometry).toEqual({
    type: 'LineString',
    coordinates: [
      [72.1234568, 23.1234568],
      [72.2, 23.2],
    ],
  });
});

test('rings are turned as RFC 7946 wants them', async () => {
  const clockwise = [
    [0, 0],
    [0, 1],
    [1, 1],
    [1, 0],
    [0, 0],
  ];
  const change = (row: LedgerRow) => ({ ...row, geometry: { type: 'Polygon', coordinates: [clockwise] } });
  const { features } = await pointsOf(ledgerRows({ count: 1, change }));
  expect(features[0].geometry.coordinates[0]).toEqual([...clockwise].reverse());
});

test('a geometry that is none gives way to the input', async () => {
  const change = (row: LedgerRow) => ({ ...row, geometry: { type: 'Point', coordinates: ['<b>', null] } });
  const { features } = await pointsOf(ledgerRows({ count: 1, change }));
  expect(features[0].geometry.coordinates[1]).toBeCloseTo(23.2, 1);
});

test('a column named like one of ours keeps its values under another name', async () => {
  const rows = ledgerRows({ count: 1 });
  const folder = await scratch();
  const written = await writeSourceWorkbook(path.join(folder, 'sites.xlsx'), rows);
  const source = { ...written, columns: [{ index: 0, letter: 'A', header: 'status' }] };
  const changed = rows.map((row) => ({ ...row, cells: { status: 'dug' } }));
  await writeOutputs(requestOf({ outDir: folder, source, rows: changed }));
  const { features } = JSON.parse(await readFile(path.join(folder, 'sites.points.geojson'), 'utf8'));
  expect(features[0].properties).toMatchObject({ status: 'completed', input_status: 'dug' });
});

test('no point, no file; and a points layer of the task has the name for itself', async () => {
  const folder = await scratch();
  const rows = ledgerRows({ count: 2, change: (row) => ({ ...row, input: { name: 'x' } }) });
  const source = await writeSourceWorkbook(path.join(folder, 'sites.xlsx'), rows);
  const kinds = (await writeOutputs(requestOf({ outDir: folder, source, rows }))).map(
    (output) => output.kind,
  );
  expect(kinds).not.toContain('geojson');

  const own = path.join(folder, 'sites.xlsx');
  const artifact = {
    name: 'points.geojson',
    kind: 'geojson',
    path: own,
    sha256: sha256(await readFile(own)),
    bytes: 1,
  };
  const withOwn = await writeOutputs(
    requestOf({ outDir: folder, source, rows: ledgerRows({ count: 2 }), artifacts: [artifact] }),
  );
  expect(withOwn.filter((output) => output.kind === 'geojson').map((output) => output.sha256)).toEqual([
    artifact.sha256,
  ]);
});

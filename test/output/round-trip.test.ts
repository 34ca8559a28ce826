/** What we write for a person to correct is what intake takes back. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { SourceRow } from '../../src/core/row.js';
import { openSource } from '../../src/intake/open-source.js';
import { writeOutputs } from '../../src/output/write-outputs.js';
import { ledgerRows, requestOf, scratch, writeSourceWorkbook } from './fixture.js';

const limits = {
  maxUncompressedBytes: 4e9,
  maxEntries: 10_000,
  maxRatio: 200,
  maxCellLength: 32_767,
  maxRows: 2_000_000,
  maxColumns: 1000,
};

async function read(file: string) {
  const source = await openSource(file, { fields: [], limits });
  const rows: SourceRow[] = [];
  for await (const chunk of source.rows()) rows.push(...chunk);
  await source.close();
  return { info: source.info, rows };
}

test('the failed rows come back as the rows they were, cell by cell, dates and odd text included', async () => {
  const folder = await scratch();
  const odd = ['=1+1', ' 37.76 ', '_x0041_', 'two\nlines', '2024-02-30', 'तालाब'];
  const rows = ledgerRows({
    change: (row) => ({
      ...row,
      cells: {
        ...row.cells,
        Village: odd[row.number % odd.length]!,
        'Visited on': row.number % 2 === 0 ? '2024-06-01T08:30:00' : '2024-06-01',
      },
    }),
  });
  const original = await writeSourceWorkbook(path.join(folder, 'sites.xlsx'), ledgerRows());
  const outDir = path.join(folder, 'out');
  await mkdir(outDir);
  await writeOutputs(requestOf({ outDir, source: original, rows }));
  const { info, rows: again } = await read(path.join(outDir, 'sites.failed-rows.xlsx'));
  expect(info).toMatchObject({ sheet: 'Sites 2024', replaces: 'b_0abcdefgh1234567' });
  expect(info.columns.map(({ header }) => header)).toEqual(original.columns.map(({ header }) => header));
  expect(again.map(({ replacesRow, cells }) => [replacesRow, cells])).toEqual(
    [8, 13, 24, 32].map((number) => [number, Object.values(rows[number - 2]!.cells)]),
  );
});

test('the results workbook reads back with the same rows, and is no correction of a batch', async () => {
  const folder = await scratch();
  const rows = ledgerRows();
  for (const maxStyledBytes of [1, 1e9]) {
    const source = await writeSourceWorkbook(path.join(folder, 'sites.xlsx'), rows);
    await writeOutputs(requestOf({ outDir: folder, source, rows, maxStyledBytes }));
    const { info, rows: again } = await read(path.join(folder, 'sites.results.xlsx'));
    expect(info.replaces).toBeUndefined();
    expect(again.map(({ number }) => number)).toEqual(rows.map(({ number }) => number));
    expect(again[0]?.cells.slice(0, 7)).toEqual(Object.values(rows[0]!.cells));
  }
});

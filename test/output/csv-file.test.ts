import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import type { LedgerRow } from '../../src/core/row.js';
import { csvField } from '../../src/output/cell-value.js';
import { writeOutputs } from '../../src/output/write-outputs.js';
import {
  HEADERS,
  ledgerRows,
  RESULT_COLUMNS,
  requestOf,
  scratch,
  sourceOf,
  writeSourceWorkbook,
} from './fixture.js';

async function csvOf(rows: readonly LedgerRow[], resultColumns?: readonly string[]): Promise<string[][]> {
  const folder = await scratch();
  const source = await writeSourceWorkbook(path.join(folder, 'sites.xlsx'), rows);
  await writeOutputs(
    requestOf({ outDir: folder, source, rows, ...(resultColumns === undefined ? {} : { resultColumns }) }),
  );
  return parse(await readFile(path.join(folder, 'sites.results.csv'), 'utf8'));
}

test('columns are sheet, row, the original ones, status, reason, attempts, results', async () => {
  const [header] = await csvOf(ledgerRows());
  expect(header).toEqual(['sheet', 'row', ...HEADERS, 'status', 'reason', 'attempts', ...RESULT_COLUMNS]);
});

test('every row is there once, whatever its state, under its own number', async () => {
  const [, ...lines] = await csvOf(ledgerRows());
  expect(lines.map((line) => Number(line[1]))).toEqual(Array.from({ length: 40 }, (_, index) => index + 2));
  expect(lines[6]?.slice(0, 3)).toEqual(['Sites 2024', '8', '7']);
  expect(lines[6]?.slice(9, 12)).toEqual(['failed', 'No water pixel found within 1500m', '1']);
  expect(lines[11]?.[9]).toBe('invalid');
  expect(lines[17]?.[9]).toBe('skipped');
});

test('a list in a result is its members joined by a comma', async () => {
  const [, first] = await csvOf(ledgerRows());
  expect(first?.[15]).toBe('12_234640, 12_234641');
});

test('with no result columns named, those seen in the results are taken, in order of appearance', async () => {
  const rows = ledgerRows({
    count: 3,
    change: (row) => ({
      ...row,
      result: row.number === 2 ? { b: 1 } : { a: { deep: [1] }, b: 2, status: 'mine' },
    }),
  });
  const [header, , second] = await csvOf(rows, []);
  expect(header?.slice(-2)).toEqual(['b', 'a']);
  expect(second?.slice(-2)).toEqual(['2', '{"deep":[1]}']);
});

test('a header that is a name of every object is only looked for in the row itself', async () => {
  const folder = await scratch();
  const file = path.join(folder, 'a.csv');
  await writeFile(file, 'constructor,__proto__\n');
  const columns = ['constructor', '__proto__'].map((header, index) => ({
    index,
    letter: 'AB'[index]!,
    header,
  }));
  const [row] = ledgerRows({ count: 1 });
  const source = await sourceOf(file, { columns });
  await writeOutputs(
    requestOf({ outDir: folder, source, rows: [{ ...row!, cells: {} }], stem: 'a', resultColumns: ['x'] }),
  );
  const lines = (await readFile(path.join(folder, 'a.results.csv'), 'utf8')).split('\n');
  expect(lines[1]).toBe(',2,,,completed,,1,');
});

test.each([
  ['=1+1', "'=1+1"],
  ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
  ['+91 98 76', "'+91 98 76"],
  ['-cmd', "'-cmd"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['\r=1', `"'\r=1"`],
  ['-12.5', '-12.5'],
  ['+3e5', '+3e5'],
  ['a "b", c', '"a ""b"", c"'],
  ['two\nlines', '"two\nlines"'],
])('the text %j is written as %s', (text, field) => {
  expect(csvField(text)).toBe(field);
});

test.each([
  [-5, '-5'],
  [0.1, '0.1'],
  [true, 'true'],
  [null, ''],
])('the value %j is written as %s', (value, field) => {
  expect(csvField(value)).toBe(field);
});

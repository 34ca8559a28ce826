/**
 * From a sheet to ledger and queue (Redis and PostgreSQL): `jobs enqueue` as a whole process, against a program that
 * only reads the same sheet with exceljs's streaming reader. Then ten times the rows, for the memory.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ExcelJS from 'exceljs';
import type { Bench } from './bench.js';
import { median } from './median.js';
import { type Measured, measure } from './peak.js';

const CHECKOUT = fileURLToPath(new URL('..', import.meta.url));
const JOBS = path.join(CHECKOUT, 'bin/run.js');
const ROUNDS = 3;
const COLUMNS = 12;

const READER = `
import ExcelJS from '${path.join(CHECKOUT, 'node_modules/exceljs/excel.js')}';
const reader = new ExcelJS.stream.xlsx.WorkbookReader(process.argv[2], { sharedStrings: 'cache', worksheets: 'emit', styles: 'cache' });
let cells = 0;
for await (const sheet of reader) for await (const row of sheet) cells += row.cellCount;
console.log(cells);
`;

const intake: Bench = async ({ redisUrl, postgresUrl, folder, scale }) => {
  const cwd = path.join(folder, 'intake');
  mkdirSync(cwd, { recursive: true });
  const rows = Math.max(Math.round(100_000 * scale), 1000);
  const sheet = await makeSheet(path.join(cwd, 'sheet.xlsx'), rows);
  const large = await makeSheet(path.join(cwd, 'large.xlsx'), rows * 10);
  const reader = path.join(cwd, 'reader.mjs');
  writeFileSync(reader, READER);
  const env = { DATABASE_URL: postgresUrl, REDIS_URL: redisUrl };
  const enqueue = async (file: string) => {
    const measured = await measure(
      [JOBS, 'enqueue', 'noop', file, '--force', '--queue', 'intake', '--quiet'],
      { cwd, env },
    );
    if (measured.exitCode !== 0) throw new Error(`enqueue ended with ${measured.exitCode}`);
    await measure([JOBS, 'batch', 'cancel', measured.stdout.trim(), '--yes'], { cwd, env });
    return measured;
  };
  const read: Measured[] = [];
  const queued: Measured[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    read.push(await measure([reader, sheet], { cwd }));
    queued.push(await enqueue(sheet));
  }
  const ten = await enqueue(large);
  const ratio = median(queued.map(({ seconds }, round) => seconds / read[round]!.seconds)).toFixed(2);
  const mb = (values: number[]) => `${Math.round(Math.max(...values))} MB`;
  const rate = (count: number, seconds: number) =>
    `${Math.round(count / seconds).toLocaleString('en-US')} rows/s`;
  const queuedSeconds = median(queued.map(({ seconds }) => seconds));
  return [
    {
      what: `exceljs's reader alone, ${rows} rows of ${COLUMNS} columns`,
      value: `${median(read.map(({ seconds }) => seconds)).toFixed(1)} s`,
      ratio: '1',
    },
    {
      what: 'jobs enqueue of the same sheet',
      value: `${queuedSeconds.toFixed(1)} s, ${rate(rows, queuedSeconds)}`,
      ratio,
      target: '≤ 3',
    },
    { what: 'its peak memory', value: mb(queued.map(({ peakMb }) => peakMb)), target: '< 300 MB' },
    {
      what: `peak memory at ${rows * 10} rows (${ten.seconds.toFixed(0)} s)`,
      value: mb([ten.peakMb]),
      target: 'the same',
    },
  ];
};

export default intake;

async function makeSheet(file: string, rows: number): Promise<string> {
  const book = new ExcelJS.stream.xlsx.WorkbookWriter({ filename: file, useSharedStrings: false });
  const sheet = book.addWorksheet('rows');
  sheet.addRow(Array.from({ length: COLUMNS }, (_, column) => `column ${column + 1}`)).commit();
  for (let row = 0; row < rows; row++) {
    sheet
      .addRow(
        Array.from({ length: COLUMNS }, (_, column) =>
          column % 3 === 0
            ? row * COLUMNS + column
            : column % 3 === 1
              ? `village ${row % 977} of ${column}`
              : row / (column + 7),
        ),
      )
      .commit();
    // Lets the zip stream drain: exceljs's writer does not wait by itself.
    if (row % 5000 === 0) await new Promise((turn) => setImmediate(turn));
  }
  sheet.commit();
  await book.commit();
  return file;
}

/** Dead letters as a file: a workbook to be corrected and run again, or JSON lines. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../core/error.js';
import type { CellValue, Column, LedgerRow, SourceInfo } from '../core/row.js';
import { type FailedRowsSheet, writeFailedRowsSheets } from './failed-rows-workbook.js';
import { openOutputFolder, type Produce } from './output-folder.js';
import type { OutputFile } from './output-request.js';
import { Surveyor } from './survey.js';

/** Failed rows of one batch. */
export interface LetterRows {
  batchId: string;
  source: SourceInfo;
  /** In row order; asked for several times, never twice at once. */
  rows: () => AsyncIterable<LedgerRow>;
}

/** Failed jobs of one task that belong to no batch. */
export interface LetterJobs {
  task: string;
  jobs: readonly { input: Record<string, unknown>; error: LedgerRow['error']; attempts: number }[];
}

export interface LettersWorkbook {
  file: OutputFile;
  /** In order: how each sheet is called, and whose rows it holds. */
  sheets: { name: string; batch: string | null; task: string | null }[];
}

/**
 * One sheet for each batch, with the columns of its file and each reason as a note on the cell to blame, then one for each
 * task, with the fields of its jobs. An existing file is replaced, but never one that a batch was read from.
 * @throws {InputError} OUTPUT_IS_INPUT, OUTPUT_DISK_FULL, OUTPUT_NOT_WRITABLE
 */
export async function writeLettersWorkbook(
  file: string,
  batches: readonly LetterRows[],
  tasks: readonly LetterJobs[],
): Promise<LettersWorkbook> {
  await refuseInputs(
    file,
    batches.map(({ source }) => source.path),
  );
  const sheets: FailedRowsSheet[] = [];
  for (const { batchId, source, rows } of batches)
    sheets.push({
      name: source.sheet ?? source.file,
      source,
      batchId,
      rows,
      survey: await surveyOf(source, rows),
    });
  for (const { task, jobs } of tasks) {
    const source = sourceOfJobs(task, jobs);
    const rows = () => jobRows(jobs);
    sheets.push({ name: task, source, batchId: undefined, rows, survey: await surveyOf(source, rows) });
  }
  let names: string[] = [];
  const written = await place(file, async (sink) => {
    names = await writeFailedRowsSheets(sink, sheets);
  });
  const owners = [
    ...batches.map(({ batchId }) => ({ batch: batchId, task: null })),
    ...tasks.map(({ task }) => ({ batch: null, task })),
  ];
  return { file: written, sheets: owners.map((owner, index) => ({ name: names[index]!, ...owner })) };
}

/** `lines` are written as they come, a line each. @throws {InputError} OUTPUT_DISK_FULL, OUTPUT_NOT_WRITABLE */
export function writeLettersLines(file: string, lines: AsyncIterable<object>): Promise<OutputFile> {
  return place(file, async (sink) => {
    for await (const line of lines) await sink.write(`${JSON.stringify(line)}\n`);
  });
}

async function place(file: string, produce: Produce): Promise<OutputFile> {
  const whole = path.resolve(file);
  const folder = await openOutputFolder({ outDir: path.dirname(whole), batchId: undefined, inputPath: '' });
  return folder.place('dead-letters', path.basename(whole), produce);
}

async function refuseInputs(file: string, inputs: readonly string[]): Promise<void> {
  const real = await realpath(file).catch(() => path.resolve(file));
  for (const input of new Set(inputs)) {
    if ((await realpath(input).catch(() => input)) !== real) continue;
    throw new InputError(`${file} is the file that failed rows were read from; it is never written onto`, {
      code: 'OUTPUT_IS_INPUT',
      hint: 'give the export another name: --out FILE',
      details: { file: real },
    });
  }
}

async function surveyOf(source: SourceInfo, rows: () => AsyncIterable<LedgerRow>) {
  const surveyor = new Surveyor({ batch: { source }, resultColumns: [] });
  for await (const row of rows()) surveyor.add(row);
  return surveyor.survey();
}

function sourceOfJobs(task: string, jobs: LetterJobs['jobs']): SourceInfo {
  const names = new Set(jobs.flatMap(({ input }) => Object.keys(input)));
  const columns = [...names].map(
    (name, index): Column => ({ index, letter: name, header: name, field: name }),
  );
  return { file: task, path: '-', format: 'arguments', sha256: '', bytes: 0, columns };
}

async function* jobRows(jobs: LetterJobs['jobs']): AsyncGenerator<LedgerRow> {
  for (const [index, { input, error, attempts }] of jobs.entries()) {
    yield {
      number: index + 1,
      state: 'failed',
      cells: Object.fromEntries(Object.entries(input).map(([name, value]) => [name, toCell(value)])),
      input,
      result: null,
      reason: error?.message ?? null,
      error,
      issues: [],
      attempts,
      startedAt: null,
      endedAt: null,
    };
  }
}

function toCell(value: unknown): CellValue {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : (value as CellValue);
}

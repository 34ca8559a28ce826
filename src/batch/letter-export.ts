/** Dead letters written to a file. What writes files is handed in: batches know nothing of workbooks. */
import { extname } from 'node:path';
import { type ErrorRecord, UsageError } from '../core/error.js';
import type { LedgerRow, SourceInfo } from '../core/row.js';
import type { BatchRecord } from '../ledger/batches.js';
import type { Letter } from '../ledger/dead-letters.js';
import { readRows } from '../ledger/rows.js';
import { type LetterSelection, selectLetters } from './letter-selection.js';
import type { BatchParts } from './parts.js';
import { requireBatch } from './watch.js';

export interface LettersFile {
  kind: string;
  path: string;
  sha256: string;
  bytes: number;
}

/** What writes the files. */
export interface LetterWriters {
  writeLettersWorkbook(
    file: string,
    batches: readonly { batchId: string; source: SourceInfo; rows: () => AsyncIterable<LedgerRow> }[],
    tasks: readonly {
      task: string;
      jobs: readonly { input: Record<string, unknown>; error: ErrorRecord; attempts: number }[];
    }[],
  ): Promise<{ file: LettersFile; sheets: { name: string; batch: string | null; task: string | null }[] }>;
  writeLettersLines(file: string, lines: AsyncIterable<object>): Promise<LettersFile>;
}

export interface LettersExport {
  /** Null when no letter was meant: nothing is written. */
  file: LettersFile | null;
  letters: number;
  /** Of a workbook: whose rows each sheet holds, and the command that runs it when it is corrected. */
  sheets: { name: string; batch: string | null; task: string; run: string }[];
}

/** @throws {UsageError} EXPORT_FORMAT when `file` ends neither in .xlsx nor in .jsonl */
export async function exportLetters(
  parts: Pick<BatchParts, 'db'>,
  writers: LetterWriters,
  selection: LetterSelection,
  file: string,
): Promise<LettersExport> {
  const format = extname(file).toLowerCase();
  if (format === '.jsonl' || format === '.ndjson') return exportLines(parts, writers, selection, file);
  if (format === '.xlsx') return exportWorkbook(parts, writers, selection, file);
  throw new UsageError(`--out ${file}: expected a name that ends in .xlsx or .jsonl`, {
    code: 'EXPORT_FORMAT',
    hint: 'jobs dlq export --out failed.xlsx',
  });
}

async function exportLines(
  { db }: Pick<BatchParts, 'db'>,
  writers: LetterWriters,
  selection: LetterSelection,
  file: string,
): Promise<LettersExport> {
  let letters = 0;
  async function* lines(first: Letter[], pages: AsyncIterator<Letter[]>): AsyncGenerator<object> {
    for (let page: Letter[] | undefined = first; page !== undefined; page = (await pages.next()).value) {
      letters += page.length;
      yield* page;
    }
  }
  const pages = selectLetters(db, selection)[Symbol.asyncIterator]();
  const first = await pages.next();
  if (first.done === true) return { file: null, letters: 0, sheets: [] };
  return { file: await writers.writeLettersLines(file, lines(first.value, pages)), letters, sheets: [] };
}

async function exportWorkbook(
  { db }: Pick<BatchParts, 'db'>,
  writers: LetterWriters,
  selection: LetterSelection,
  file: string,
): Promise<LettersExport> {
  const { letters, numbers, jobs } = await originsOf(db, selection);
  if (letters === 0) return { file: null, letters, sheets: [] };
  const batches = new Map<string, BatchRecord>();
  for (const id of numbers.keys()) batches.set(id, await requireBatch(db, id));
  const written = await writers.writeLettersWorkbook(
    file,
    [...batches.values()].map(({ id, source }) => ({
      batchId: id,
      source,
      rows: () => rowsOf(db, id, numbers.get(id)!),
    })),
    [...jobs].map(([task, some]) => ({ task, jobs: some })),
  );
  const sheets = written.sheets.map(({ name, batch, task }) => {
    const record = batch === null ? undefined : batches.get(batch);
    const runs = record?.task ?? task ?? '';
    return { name, batch, task: runs, run: runCommand(runs, written.file.path, name, record?.options ?? {}) };
  });
  return { file: written.file, letters, sheets };
}

/** Rows by batch, and jobs of no batch by task. */
async function originsOf(db: BatchParts['db'], selection: LetterSelection) {
  const numbers = new Map<string, Set<number>>();
  const jobs = new Map<string, Letter[]>();
  let letters = 0;
  for await (const page of selectLetters(db, selection)) {
    letters += page.length;
    for (const letter of page) {
      const { batch, row, task } = letter;
      if (batch !== null && row !== null) numbers.set(batch, (numbers.get(batch) ?? new Set()).add(row));
      else
        jobs
          .set(task, jobs.get(task) ?? [])
          .get(task)!
          .push(letter);
    }
  }
  return { letters, numbers, jobs };
}

async function* rowsOf(
  db: BatchParts['db'],
  batchId: string,
  numbers: ReadonlySet<number>,
): AsyncGenerator<LedgerRow> {
  for await (const row of readRows(db, batchId, { states: ['failed'] }))
    if (numbers.has(row.number)) yield row;
}

/** What runs a corrected sheet with the options that its batch had. */
function runCommand(task: string, file: string, sheet: string, options: Record<string, unknown>): string {
  const set = Object.entries(options).flatMap(([name, value]) => ['--set', `${name}=${String(value)}`]);
  return ['jobs', 'run', task, file, '--sheet', sheet, ...set].map(quoted).join(' ');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Values in tables: a CSV with a row for each watershed and day, such as a gauge's or a download of daily means. */
import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import { LRUCache } from 'lru-cache';
import { InputError } from '../../../core/error.js';
import { parseDay } from './calendar.js';
import { type Period, spanFrom } from './file-dates.js';
import type { DatedValue } from './window-values.js';

/** By `uid`, each in the order of its dates. */
export type TableSeries = ReadonlyMap<string, readonly DatedValue[]>;

const UID = ['uid', 'mws_uid', 'id'];
const DATE = ['date', 'day'];
const MAX_KNOWN = 8;
const known = new LRUCache<string, Promise<TableSeries>>({ max: MAX_KNOWN });

/**
 * Reads `uid, date, value` (the third column under any name) of CSV files; a blank value is missing. `identity` changes
 * when a file does.
 * @throws {InputError} SERIES_TABLE_INVALID naming file, line and what was found
 */
export function readTableSeries(
  files: readonly string[],
  period: Period,
  identity: string,
): Promise<TableSeries> {
  const key = JSON.stringify([identity, files, period]);
  const table = known.get(key);
  if (table !== undefined) return table;
  const reading = readFiles(files, period);
  known.set(key, reading);
  reading.catch(() => known.delete(key));
  return reading;
}

async function readFiles(files: readonly string[], period: Period): Promise<TableSeries> {
  const byUid = new Map<string, DatedValue[]>();
  for (const file of files) await readFile(file, period, byUid);
  for (const values of byUid.values()) values.sort((a, b) => a.from - b.from);
  return byUid;
}

async function readFile(file: string, period: Period, byUid: Map<string, DatedValue[]>): Promise<void> {
  let columns: { uid: number; date: number; value: number } | undefined;
  let line = 0;
  const records = createReadStream(file).pipe(parse({ bom: true, trim: true, skip_empty_lines: true }));
  try {
    for await (const record of records as AsyncIterable<string[]>) {
      line++;
      if (columns === undefined) {
        columns = columnsOf(record, file);
        continue;
      }
      const uid = record[columns.uid] ?? '';
      const day = parseDay(record[columns.date] ?? '');
      const text = record[columns.value] ?? '';
      const value = text === '' ? null : Number(text);
      if (day === undefined || Number.isNaN(value)) throw badLine(file, line, record);
      const values = byUid.get(uid) ?? [];
      values.push({ ...spanFrom(day, period), value });
      byUid.set(uid, values);
    }
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw invalid(file, (cause as Error).message, cause);
  }
}

function columnsOf(header: readonly string[], file: string) {
  const names = header.map((name) => name.toLowerCase());
  const uid = names.findIndex((name) => UID.includes(name));
  const date = names.findIndex((name) => DATE.includes(name));
  const value = names.findIndex((_, i) => i !== uid && i !== date);
  if (uid >= 0 && date >= 0 && value >= 0) return { uid, date, value };
  throw invalid(file, `its columns are ${header.join(', ')}; expected uid, date and one of values`);
}

function badLine(file: string, line: number, record: readonly string[]): InputError {
  return invalid(file, `line ${line} is "${record.join(',')}"; expected a uid, a date and a number`);
}

function invalid(file: string, why: string, cause?: unknown): InputError {
  return new InputError(`${file} cannot be used as a series: ${why}`, {
    code: 'SERIES_TABLE_INVALID',
    hint: 'expected lines such as 14_49269,2017-07-01,12.5 under the header uid,date,mm',
    details: { path: file },
    cause,
  });
}

/** CSV and its relatives, through csv-parse. Rows are numbered as a spreadsheet shows them: records, blank lines too. */
import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { InputError } from '../core/error.js';
import type { CellValue } from '../core/row.js';
import { textCell } from './cell-value.js';
import { columnLetter } from './column-letter.js';
import { type Delimiter, sniffDelimiter } from './delimiter.js';
import type { FileFormat } from './file-format.js';
import { type Limits, limitError } from './limits.js';
import type { RawRow } from './raw-row.js';
import type { FormatRequest, OpenedFormat } from './source.js';
import type { SourceFile } from './source-file.js';
import { openTable } from './table.js';
import { readText, type TextEncoding } from './text-encoding.js';

/** A quote that is never closed swallows the rest of the file; no honest record is this long. */
const MAX_RECORD_CHARACTERS = 8_000_000;
const BATCH_ROWS = 500;

/** @throws {InputError} when the header or a record cannot be read */
export async function openCsv(
  file: SourceFile,
  format: Extract<FileFormat, { head: string }>,
  { fields, limits }: FormatRequest,
): Promise<OpenedFormat> {
  const delimiter = sniffDelimiter(format.head);
  const scan = () => csvRows(file, format.encoding, delimiter, limits);
  const table = await openTable(scan, { fields, limits, where: file.name });
  return {
    info: { format: 'csv', columns: table.columns, headerRow: table.headerRow },
    rows: table.rows,
    close: () => {},
  };
}

async function* csvRows(
  file: SourceFile,
  encoding: TextEncoding,
  delimiter: Delimiter,
  limits: Limits,
): AsyncGenerator<RawRow[]> {
  const parser = parse({
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: false,
    max_record_size: MAX_RECORD_CHARACTERS,
  });
  // The callback hears errors that reading the parser hears too.
  pipeline(Readable.from(readText(file.readPath, encoding)), parser, () => {});
  let number = 0;
  let batch: RawRow[] = [];
  try {
    for await (const record of parser as AsyncIterable<string[]>) {
      number += 1;
      batch.push({ number, cells: csvCells(record, number, file, limits) });
      if (batch.length === BATCH_ROWS) {
        yield batch;
        batch = [];
      }
    }
  } catch (error) {
    throw error instanceof CsvError ? csvError(file, number + 1, error) : error;
  } finally {
    parser.destroy();
  }
  if (batch.length > 0) yield batch;
}

function csvCells(record: string[], number: number, file: SourceFile, limits: Limits): CellValue[] {
  if (
    record.length > limits.maxColumns &&
    record.slice(limits.maxColumns).some((text) => text.trim() !== '')
  ) {
    throw limitError(
      'maxColumns',
      limits,
      `Row ${number} of ${file.name} has ${record.length} columns`,
      record.length,
    );
  }
  return record.map((text, index) => {
    if (text.length > limits.maxCellLength) {
      const what = `Cell ${columnLetter(index)}${number} of ${file.name} holds ${text.length.toLocaleString('en-US')} characters`;
      throw limitError('maxCellLength', limits, what, text.length);
    }
    return textCell(text);
  });
}

function csvError(file: SourceFile, number: number, cause: CsvError): InputError {
  const unclosed = cause.code === 'CSV_QUOTE_NOT_CLOSED' || cause.code === 'CSV_MAX_RECORD_SIZE';
  const why = unclosed ? 'a quote (") is opened and never closed' : cause.message;
  return new InputError(`Row ${number} of ${file.name} cannot be read: ${why}`, {
    code: unclosed ? 'CSV_QUOTE_NOT_CLOSED' : 'CSV_INVALID',
    hint: 'Double a quote that belongs to the text ("") or delete it',
    details: { file: file.name, row: number, line: cause.lines },
    cause,
  });
}

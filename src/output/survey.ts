/** What has to be known of all rows before the first one is written: columns, and which files there will be. */
import { cellKeys } from '../core/cell-keys.js';
import type { CellValue, LedgerRow } from '../core/row.js';
import { plainText } from './cell-value.js';
import type { BatchFacts, OutputRequest } from './output-request.js';
import { rowPoint } from './row-point.js';

export const STATUS_COLUMNS = ['status', 'reason', 'attempts'] as const;

const MAX_COLUMNS = 1000;
const MEASURED_ROWS = 200;
const MIN_WIDTH = 9;
const MAX_WIDTH = 48;

export interface Survey {
  rows: number;
  /** Rows that failed or are invalid. */
  badRows: number;
  rowsWithPoint: number;
  lastRowNumber: number;
  /** The file's columns in its order: the header as written, and the name of the row's cell, which no other has. */
  columns: SurveyedColumn[];
  resultColumns: string[];
  /** Characters, by the key or name of a column, of the first rows. */
  widths: ReadonlyMap<string, number>;
}

export interface SurveyedColumn {
  header: string;
  key: string;
}

/** Takes rows one by one; its memory does not grow with them. */
export class Surveyor {
  readonly #source: OutputRequest['batch']['source'];
  readonly #keys: Set<string>;
  readonly #results: Set<string>;
  readonly #openKeys: boolean;
  readonly #openResults: boolean;
  readonly #widths = new Map<string, number>();
  #rows = 0;
  #badRows = 0;
  #rowsWithPoint = 0;
  #lastRowNumber = 0;

  constructor(request: Pick<OutputRequest, 'resultColumns'> & { batch: Pick<BatchFacts, 'source'> }) {
    this.#source = request.batch.source;
    this.#keys = new Set(cellKeys(this.#source.columns));
    this.#results = new Set(request.resultColumns);
    this.#openKeys = this.#keys.size === 0;
    this.#openResults = this.#results.size === 0;
  }

  add(row: LedgerRow): void {
    this.#rows += 1;
    if (isBad(row)) this.#badRows += 1;
    if (rowPoint(row) !== null) this.#rowsWithPoint += 1;
    this.#lastRowNumber = Math.max(this.#lastRowNumber, row.number);
    if (this.#openKeys) addNames(this.#keys, row.cells);
    if (this.#openResults) addNames(this.#results, row.result ?? {});
    if (this.#rows <= MEASURED_ROWS) this.#measure({ ...row.cells, ...row.result, reason: row.reason });
  }

  survey(): Survey {
    const reserved = new Set<string>(STATUS_COLUMNS);
    const resultColumns = [...this.#results].filter((name) => !reserved.has(name));
    const names = [...this.#keys, ...STATUS_COLUMNS, ...resultColumns];
    return {
      rows: this.#rows,
      badRows: this.#badRows,
      rowsWithPoint: this.#rowsWithPoint,
      lastRowNumber: this.#lastRowNumber,
      columns: [...this.#keys].map((key, index) => ({
        key,
        header: this.#source.columns[index]?.header ?? key,
      })),
      resultColumns,
      widths: new Map(names.map((name) => [name, columnWidth(name, this.#widths.get(name) ?? 0)])),
    };
  }

  #measure(values: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(values)) {
      this.#widths.set(name, Math.max(this.#widths.get(name) ?? 0, plainText(value).length));
    }
  }
}

export function isBad(row: LedgerRow): boolean {
  return row.state === 'failed' || row.state === 'invalid';
}

/** The row's cells in column order; null where it has none. */
export function cellsOf(row: LedgerRow, columns: readonly SurveyedColumn[]): CellValue[] {
  return columns.map(({ key }) => (Object.hasOwn(row.cells, key) ? (row.cells[key] ?? null) : null));
}

/** Status, reason and attempts, then the results in column order. */
export function statusAndResults(row: LedgerRow, resultColumns: readonly string[]): unknown[] {
  const { result } = row;
  const results = resultColumns.map((name) =>
    result !== null && Object.hasOwn(result, name) ? result[name] : null,
  );
  return [row.state, row.reason, row.attempts, ...results];
}

function addNames(names: Set<string>, from: object): void {
  for (const name of Object.keys(from)) if (names.size < MAX_COLUMNS) names.add(name);
}

function columnWidth(name: string, widest: number): number {
  return Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, name.length + 3, widest + 2));
}

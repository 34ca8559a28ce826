/** What a row of an input file is, from the sheet to its end state. */
import type { ErrorRecord } from './error.js';

/** A cell's value after cleaning, before it is checked against a task's input. */
export type CellValue = string | number | boolean | null;

/** One column of an input file. `field` is the task's name for it, when the task reads it. */
export interface Column {
  /** 0-based position in {@link SourceRow.cells}. */
  index: number;
  /** Spreadsheet letter (`A`, `AB`); for formats without letters the column's own name. */
  letter: string;
  /** The header exactly as written in the file. */
  header: string;
  field?: string;
}

/** Where a batch's rows come from. Plain JSON: it is stored with the batch. */
export interface SourceInfo {
  /** Base name, for people. */
  file: string;
  /** Absolute path at the time of reading; `-` for standard input. */
  path: string;
  format: 'xlsx' | 'csv' | 'ndjson' | 'geojson' | 'arguments';
  sha256: string;
  bytes: number;
  /** The sheet's name, for workbooks. */
  sheet?: string;
  /** 1-based row of the header, for formats that have one. */
  headerRow?: number;
  columns: Column[];
  /** Batch whose failed rows this file holds, when it is a failed-rows workbook of ours. */
  replaces?: string;
}

/** One data row as the file has it. */
export interface SourceRow {
  /** 1-based row number in the sheet (line number for text formats, feature number from 1 for GeoJSON). */
  number: number;
  /** One value per column, in column order; a missing cell is null. */
  cells: CellValue[];
  /** GeoJSON geometry of the feature, when the source has one. */
  geometry?: unknown;
  /** Row number in the batch named by {@link SourceInfo.replaces}. */
  replacesRow?: number;
  /** Why the row could not be read at all, such as a line that is no JSON; it becomes an invalid row. */
  unreadable?: { code: string; message: string };
}

/** One thing wrong with one cell. */
export interface CellIssue {
  /** The task's field. */
  field: string;
  /** `C17`; the column's name for formats without letters. */
  cell: string;
  /** The value found, shortened for display. */
  value: string;
  code: string;
  /** What was expected and what was found, for a person. */
  message: string;
  hint?: string;
}

/** A row matched to a task: its clean input, or what is wrong with it. */
export interface CheckedRow {
  number: number;
  /** The row's cells under their headers as written; goes back into workbooks. */
  cells: Record<string, CellValue>;
  geometry?: unknown;
  replacesRow?: number;
  /** The task's input; absent when there are issues. */
  input?: Record<string, unknown>;
  issues: CellIssue[];
}

export const ROW_STATES = [
  'pending',
  'processing',
  'completed',
  'failed',
  'invalid',
  'skipped',
  'cancelled',
] as const;
export type RowState = (typeof ROW_STATES)[number];

/** Result columns of a row: what a task returns, JSON all the way down. */
export type RowResult = Record<string, unknown>;

/** A row with everything the ledger knows of it; what outputs and `finish` read. */
export interface LedgerRow {
  number: number;
  state: RowState;
  cells: Record<string, CellValue>;
  input: Record<string, unknown> | null;
  geometry?: unknown;
  result: RowResult | null;
  /** Why it failed, is invalid, was skipped or cancelled; null when completed. */
  reason: string | null;
  error: ErrorRecord | null;
  issues: CellIssue[];
  attempts: number;
  startedAt: string | null;
  endedAt: string | null;
}

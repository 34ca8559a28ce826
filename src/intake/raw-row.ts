/** A row as a format's reader hands it over: no header known yet. */
import type { CellValue } from '../core/row.js';

export interface RawRow {
  /** 1-based, as a spreadsheet numbers it. */
  number: number;
  /** May be shorter than the sheet is wide, and holes at the end are blank. */
  cells: CellValue[];
}

/** Reads the rows from the first one; each call reads anew. Blank rows may be left out, numbers are kept. */
export type RowScan = () => AsyncIterable<RawRow[]>;

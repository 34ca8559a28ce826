/** Columns of files whose rows name their own members (NDJSON, GeoJSON). */
import type { CellValue, Column } from '../core/row.js';
import { foldHeader } from '../core/text.js';
import { isBlank, jsonCell } from './cell-value.js';
import type { FieldSpec } from './field-spec.js';
import { checkColumns, nameColumns, spellings } from './header-row.js';
import { type Limits, limitError } from './limits.js';

export type Members = Record<string, unknown>;

export interface NamedCells {
  number: number;
  members: Members;
  /** Fill what the members leave blank. */
  point?: Members;
}

export interface ObjectColumns {
  columns: Column[];
  /** The cells of a row, in column order. Members that are no column are left out. */
  cells(row: NamedCells): CellValue[];
}

/** Rows that are read to learn the columns. */
export const SAMPLE_ROWS = 100;

export interface ObjectColumnsRequest {
  fields: readonly FieldSpec[];
  limits: Limits;
  where: string;
  /** The sample is not the whole file: optional fields that it lacks get a column, since later rows may have them. */
  more: boolean;
}

/** @throws {InputError} SHEET_COLUMN_MISSING, SHEET_COLUMN_DUPLICATE, LIMIT_COLUMNS */
export function objectColumns(sample: readonly NamedCells[], request: ObjectColumnsRequest): ObjectColumns {
  const { fields, limits, where } = request;
  const own = new Set(sample.flatMap((row) => Object.keys(row.members)));
  const place = { where, letterOf: (_: number, header: string) => header };
  const spelled = spellings(fields);
  const fieldOf = (key: string) => spelled.get(foldHeader(key));
  const ownFields = new Set([...own].map(fieldOf));
  const points = sample.flatMap((row) => Object.keys(row.point ?? {}));
  const keys = [
    ...new Set([
      ...own,
      ...points.filter((key) => fieldOf(key) === undefined || !ownFields.has(fieldOf(key))),
    ]),
  ];
  const mapped = new Set(keys.map(fieldOf));
  const late = request.more ? fields.filter((field) => !field.required && !mapped.has(field.name)) : [];
  const columns = nameColumns([...keys, ...late.map((field) => field.name)], fields, place);
  if (columns.length > limits.maxColumns) {
    throw limitError('maxColumns', limits, `${where} has ${columns.length} columns`, columns.length);
  }
  checkColumns(columns, fields, place);
  return { columns, cells: cellsBy(columns, spelled, limits, where) };
}

/** Spellings that are remembered; a file can hold any number. */
const KNOWN_KEYS = 10_000;

function cellsBy(
  columns: Column[],
  spelled: Map<string, string>,
  limits: Limits,
  where: string,
): ObjectColumns['cells'] {
  const indexByKey = new Map<string, number | undefined>(
    columns.map((column) => [column.header, column.index]),
  );
  const indexByField = new Map(columns.map((column) => [column.field, column.index]));
  const indexOf = (key: string): number | undefined => {
    if (indexByKey.has(key)) return indexByKey.get(key);
    const field = spelled.get(foldHeader(key));
    const index = field === undefined ? undefined : indexByField.get(field);
    if (indexByKey.size < KNOWN_KEYS) indexByKey.set(key, index);
    return index;
  };
  return ({ members, point, number }) => {
    const cells: CellValue[] = new Array(columns.length).fill(null);
    for (const held of point === undefined ? [members] : [members, point]) {
      for (const key of Object.keys(held)) {
        const index = indexOf(key);
        if (index === undefined || !isBlank(cells[index])) continue;
        const value = jsonCell(held[key]);
        if (typeof value === 'string' && value.length > limits.maxCellLength) {
          const what = `"${key}" of row ${number} of ${where} holds ${value.length.toLocaleString('en-US')} characters`;
          throw limitError('maxCellLength', limits, what, value.length);
        }
        cells[index] = value;
      }
    }
    return cells;
  };
}

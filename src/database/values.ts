/**
 * JavaScript values to PostgreSQL text and back, by node-postgres's own conversions, so that the embedded database and a
 * server give the same values. Only the two small modules are loaded, not the driver.
 */
import { createRequire } from 'node:module';
import type { QueryResult } from './database.js';

const requireFromPg = createRequire(createRequire(import.meta.url).resolve('pg'));
const { getTypeParser } = requireFromPg('pg-types') as {
  getTypeParser(oid: number, format: 'text'): (text: string) => unknown;
};
const { prepareValue } = requireFromPg('./utils') as { prepareValue(value: unknown): string | Buffer | null };

/** A statement's result as PostgreSQL sent it: every value as text. JSON all the way down. */
export interface TextResult {
  /** Column names and type oids, in order. */
  fields: [name: string, oid: number][];
  rows: (string | null)[][];
  /** What was done: `SELECT`, `INSERT`, `CREATE TABLE`. */
  tag: string;
  /** From the command tag; null for statements that count nothing. */
  rowCount: number | null;
}

export function toText(value: unknown): string | null {
  const prepared = prepareValue(value);
  if (prepared === null || prepared === undefined) return null;
  return Buffer.isBuffer(prepared) ? `\\x${prepared.toString('hex')}` : String(prepared);
}

export function toResult<T>(result: TextResult): QueryResult<T> & { rowCount: number } {
  const parsers = result.fields.map(([, oid]) => getTypeParser(oid, 'text'));
  const rows = result.rows.map((cells) => {
    const row: Record<string, unknown> = {};
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i];
      row[result.fields[i]![0]] = cell === null || cell === undefined ? null : parsers[i]!(cell);
    }
    return row as T;
  });
  return { rows, rowCount: result.rowCount ?? 0 };
}

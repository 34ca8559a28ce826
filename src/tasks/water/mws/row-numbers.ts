/** Numbers that a row brings under the names of a published layer. */
import { FinalError } from '../../../core/error.js';

export type Row = Readonly<Record<string, unknown>>;

/** A number of the row, null where it has none. @throws {FinalError} ROW_NOT_A_NUMBER naming the column and what is there */
export function numberOf(row: Row, name: string): number | null {
  const value = row[name];
  if (value === null || value === undefined || value === '') return null;
  const number = typeof value === 'number' ? value : Number(String(value).trim());
  if (Number.isFinite(number)) return number;
  throw new FinalError(`${name} is ${JSON.stringify(value)}; expected a number`, {
    code: 'ROW_NOT_A_NUMBER',
    field: name,
  });
}

/** The years for which the row has `<prefix><YYYY>`, ascending. */
export function yearsOf(row: Row, prefix: string): number[] {
  return Object.keys(row)
    .flatMap((name) => {
      const year = name.startsWith(prefix) ? /^\d{4}$/.exec(name.slice(prefix.length))?.[0] : undefined;
      return year === undefined || row[name] === null || row[name] === '' ? [] : [Number(year)];
    })
    .sort((a, b) => a - b);
}

/** The years from the first to the last that a list lacks. */
export function missingYears(years: readonly number[]): number[] {
  const [first] = years;
  const last = years.at(-1);
  if (first === undefined || last === undefined) return [];
  const present = new Set(years);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i).filter((year) => !present.has(year));
}

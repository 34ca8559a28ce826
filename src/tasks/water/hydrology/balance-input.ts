/**
 * A water balance that a row brings with it: under the original's names, `2017_2018` or `2017-07-01` holding JSON text
 * with Precipitation, RunOff and ET, or in columns of their own, `Precipitation_2017_2018`.
 */
import { FinalError } from '../../../core/error.js';
import { numberOf, type Row } from '../mws/row-numbers.js';
import type { Fluxes } from './water-balance.js';

/** By key, ascending; both empty for a row that brings none. */
export interface RowFluxes {
  annual: Map<string, Fluxes>;
  fortnight: Map<string, Fluxes>;
}

const ANNUAL = /^(\d{4})[-_](\d{4})$/;
const FORTNIGHT = /^\d{4}-\d{2}-\d{2}$/;
const FLAT = /^(precipitation|run_?off|et)(?:_in_mm)?_(\d{4}[-_]\d{4}|\d{4}-\d{2}-\d{2})$/i;

/** @throws {FinalError} BALANCE_UNREADABLE or ROW_NOT_A_NUMBER naming the column */
export function fluxesOfRow(row: Row): RowFluxes {
  const byKey = new Map<string, Fluxes>();
  for (const [name, value] of Object.entries(row)) {
    if (value === null || value === undefined || value === '') continue;
    const key = keyOf(name);
    const flat = FLAT.exec(name);
    if (key !== undefined) byKey.set(key, { ...byKey.get(key), ...parsed(name, value) });
    else if (flat !== null) addFlat(byKey, flat, numberOf(row, name));
  }
  const keys = [...byKey.keys()].sort();
  const pick = (pattern: RegExp) =>
    new Map(keys.filter((key) => pattern.test(key)).map((key) => [key, byKey.get(key)!]));
  return { annual: pick(ANNUAL), fortnight: pick(FORTNIGHT) };
}

/** `2017_2018` of a year and the next, or a date. */
function keyOf(name: string): string | undefined {
  if (FORTNIGHT.test(name)) return name;
  const years = ANNUAL.exec(name);
  return years !== null && Number(years[2]) === Number(years[1]) + 1 ? `${years[1]}_${years[2]}` : undefined;
}

function parsed(name: string, value: unknown): Fluxes {
  const found: unknown = typeof value === 'string' ? parseJson(name, value) : value;
  if (typeof found !== 'object' || found === null) throw unreadable(name, JSON.stringify(value));
  const members = found as Row;
  return {
    precipitation: numberOf(members, 'Precipitation'),
    runoff: numberOf(members, 'RunOff'),
    et: numberOf(members, 'ET'),
  };
}

function addFlat(byKey: Map<string, Fluxes>, flat: RegExpExecArray, value: number | null): void {
  const key = keyOf(flat[2]!);
  if (key === undefined) return;
  const known = byKey.get(key) ?? { precipitation: null, runoff: null, et: null };
  const kind = flat[1]!.toLowerCase();
  const member = kind === 'et' ? 'et' : kind === 'precipitation' ? 'precipitation' : 'runoff';
  byKey.set(key, { ...known, [member]: value });
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(name, text);
  }
}

function unreadable(name: string, found: string): FinalError {
  return new FinalError(`${name} is ${found.slice(0, 80)}; expected JSON with Precipitation, RunOff and ET`, {
    code: 'BALANCE_UNREADABLE',
    field: name,
  });
}

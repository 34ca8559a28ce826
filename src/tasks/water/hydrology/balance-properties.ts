/** The properties of a water-balance layer under the original's names (core-stack.md 3.6 and 3.7). */
import { parseDay } from '../series/calendar.js';
import { type BalanceYear, type Fluxes, netValues, waterBalance } from './water-balance.js';

/** One window: what flowed, and what it comes to. */
export interface BalanceWindow extends Fluxes, BalanceYear {
  key: string;
}

const FORTNIGHT_DAYS = 14;

/** The balance of windows in ascending order; between two keys that do not follow each other the running sum is lost. */
export function balanceOf(
  fluxes: ReadonlyMap<string, Fluxes>,
  specificYield: number | null,
): { windows: BalanceWindow[]; missing: string[] } {
  const keys = [...fluxes.keys()].sort();
  const slots = keys.flatMap((key, i): (string | undefined)[] => [
    ...(i > 0 && !follows(keys[i - 1]!, key) ? [undefined] : []),
    key,
  ]);
  const balance = waterBalance(
    slots.map((key) => (key === undefined ? undefined : fluxes.get(key))),
    specificYield,
  );
  const windows = slots.flatMap((key, i) =>
    key === undefined ? [] : [{ key, ...fluxes.get(key)!, ...balance[i]! }],
  );
  return { windows, missing: missingBetween(keys) };
}

/** `{"Precipitation", "RunOff", "ET", "DeltaG", "G"}` as JSON text by key. */
export function fortnightProperties(windows: readonly BalanceWindow[]): Record<string, string> {
  return Object.fromEntries(windows.map((window) => [window.key, JSON.stringify(membersOf(window))]));
}

/** The same with `WellDepth`, and beside them `Net<YYYY>_<yy>` and `weighted_a`. */
export function annualProperties(
  windows: readonly BalanceWindow[],
  specificYield: number | null,
): Record<string, unknown> {
  return {
    ...Object.fromEntries(
      windows.map((window) => {
        const { G, ...members } = membersOf(window);
        return [window.key, JSON.stringify({ ...members, WellDepth: window.wellDepth, G })];
      }),
    ),
    ...netsOf(windows),
    weighted_a: specificYield,
  };
}

/** Net values over the years from the first to the last; a year that is missing leaves those over it missing. */
export function netsOf(windows: readonly BalanceWindow[]): Record<string, number | null> {
  const [first] = windows;
  const last = windows.at(-1);
  if (first === undefined || last === undefined) return {};
  const byYear = new Map(windows.map(({ key, wellDepth }) => [yearOf(key), wellDepth]));
  const [from, to] = [yearOf(first.key), yearOf(last.key)];
  return netValues(
    from,
    Array.from({ length: to - from + 1 }, (_, i) => byYear.get(from + i) ?? null),
  );
}

function membersOf({ precipitation, runoff, et, deltaG, g }: BalanceWindow) {
  return { Precipitation: precipitation, RunOff: runoff, ET: et, DeltaG: deltaG, G: g };
}

/** Years one after the other, dates 14 days apart. Dates that are not whole fortnights apart are taken as given. */
function follows(before: string, key: string): boolean {
  if (!key.includes('_')) return daysBetween(before, key) < 2 * FORTNIGHT_DAYS;
  return yearOf(key) === yearOf(before) + 1;
}

function missingBetween(keys: readonly string[]): string[] {
  return keys.flatMap((key, i) => {
    const before = keys[i - 1];
    if (before === undefined || follows(before, key)) return [];
    if (!key.includes('_')) return [`${before} to ${key}`];
    const years = Array.from({ length: yearOf(key) - yearOf(before) - 1 }, (_, n) => yearOf(before) + 1 + n);
    return years.map((year) => `${year}_${year + 1}`);
  });
}

function yearOf(key: string): number {
  return Number(key.slice(0, 4));
}

function daysBetween(from: string, to: string): number {
  return (parseDay(to) ?? 0) - (parseDay(from) ?? 0);
}

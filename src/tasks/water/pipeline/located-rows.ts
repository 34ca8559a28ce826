/** The rows of a batch that have a water pixel: what every layer of the points is made from. */
import type { LedgerRow } from '../../../core/row.js';
import type { DesiltingInput } from '../desilting-input.js';
import type { DesiltingResult } from '../locate-water.js';

export interface LocatedRow {
  number: number;
  input: Partial<DesiltingInput>;
  result: DesiltingResult;
}

/** Completed and skipped rows, and failed ones that found water but no water body. */
export async function* locatedRows(rows: AsyncIterable<LedgerRow>): AsyncGenerator<LocatedRow> {
  for await (const { number, input, result } of rows) {
    if (typeof result?.water_latitude !== 'number' || typeof result.water_longitude !== 'number') continue;
    yield { number, input: (input ?? {}) as Partial<DesiltingInput>, result: result as DesiltingResult };
  }
}

/** The `uid`s of the micro-watersheds around a row's water pixel. */
export function watershedsOf({ result }: LocatedRow): string[] {
  return result.mws_uids?.split(', ') ?? [];
}

/** The rows of a batch that have a catchment. */
import type { LedgerRow } from '../../core/row.js';
import type { WatershedResult } from './watershed-delineate.js';
import type { WatershedInput } from './watershed-input.js';

export interface DelineatedRow {
  number: number;
  input: Partial<WatershedInput>;
  result: WatershedResult;
}

export async function* delineatedRows(rows: AsyncIterable<LedgerRow>): AsyncGenerator<DelineatedRow> {
  for await (const { number, input, result } of rows) {
    if (typeof result?.catchment_cells !== 'number') continue;
    yield { number, input: (input ?? {}) as Partial<WatershedInput>, result: result as WatershedResult };
  }
}

/** What the row is called, or its number. */
export function nameOf({ number, input }: Pick<DelineatedRow, 'number' | 'input'>): string {
  return input.name?.trim() || `Row ${number}`;
}

/** The rows of a request, selected, checked and keyed, a chunk at a time. */
import type { CheckedRow, SourceRow } from '../core/row.js';
import type { Database } from '../database/database.js';
import { rowChecker } from '../intake/check-row.js';
import { selectRows } from '../intake/select-rows.js';
import type { NewRow } from '../ledger/rows.js';
import { findCompleted } from '../ledger/rows.js';
import { rowKeys } from './identity.js';
import type { OpenRequest } from './open-request.js';
import type { RowSelection } from './request.js';

/** Yields rows as they would enter the ledger: pending, invalid, or skipped because they completed before. */
export async function* checkedChunks(
  db: Database,
  open: OpenRequest,
  { selection, force }: { selection: RowSelection; force: boolean },
): AsyncGenerator<NewRow[]> {
  const check = rowChecker(open.task, open.source.info);
  const keyOf = rowKeys(open);
  for await (const chunk of selectRows(open.source, selection)) {
    if (chunk.length === 0) continue;
    yield await toNewRows(db, chunk, { check, keyOf, force });
  }
}

async function toNewRows(
  db: Database,
  chunk: SourceRow[],
  how: { check: (row: SourceRow) => CheckedRow; keyOf: (row: CheckedRow) => string; force: boolean },
): Promise<NewRow[]> {
  const rows = chunk.map((row) => {
    const checked = how.check(row);
    return { checked, rowKey: how.keyOf(checked) };
  });
  const keys = rows.flatMap(({ checked, rowKey }) => (checked.input === undefined ? [] : [rowKey]));
  const earlier = how.force || keys.length === 0 ? new Map<string, never>() : await findCompleted(db, keys);
  return rows.map(({ checked, rowKey }) => {
    const { number, cells, input, geometry, issues, replacesRow } = checked;
    const done = input === undefined ? undefined : earlier.get(rowKey);
    return {
      number,
      rowKey,
      state: input === undefined ? 'invalid' : done === undefined ? 'pending' : 'skipped',
      cells,
      input: input ?? null,
      geometry,
      issues,
      result: done?.result ?? null,
      reason:
        input === undefined
          ? issueText(checked)
          : done === undefined
            ? null
            : `completed before, unchanged (batch ${done.batchId}, row ${done.number})`,
      replacesRow,
    };
  });
}

function issueText(row: CheckedRow): string {
  return [...new Set(row.issues.map(({ message }) => message))].join('; ') || 'the row does not fit the task';
}

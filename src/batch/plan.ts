/** What a run would do, with nothing recorded or queued. */
import type { CellIssue } from '../core/row.js';
import { findUnfinished, meanRowMs } from '../ledger/batches.js';
import { checkedChunks } from './checked-chunks.js';
import { openRequest } from './open-request.js';
import type { BatchParts } from './parts.js';
import type { BatchRequest } from './request.js';

export interface Plan {
  task: string;
  source: { file: string; sha256: string; sheet?: string; rows: number };
  rows: { total: number; run: number; skip: number; invalid: number };
  /** At most 100. */
  invalid: { row: number; issues: CellIssue[]; reason: string }[];
  warnings: string[];
  /** The unfinished batch that a run would continue. */
  continues: string | null;
  /** From this task's last batches; null when it has no history. */
  expectedMs: number | null;
}

const SHOWN_INVALID = 100;

export async function plan(parts: BatchParts, request: BatchRequest): Promise<Plan> {
  const open = await openRequest(parts, request);
  try {
    const rows = { total: 0, run: 0, skip: 0, invalid: 0 };
    const invalid: Plan['invalid'] = [];
    for await (const chunk of checkedChunks(parts.db, open, request)) {
      for (const row of chunk) {
        rows.total++;
        if (row.state === 'pending') rows.run++;
        else if (row.state === 'skipped') rows.skip++;
        else {
          rows.invalid++;
          if (invalid.length < SHOWN_INVALID)
            invalid.push({ row: row.number, issues: row.issues, reason: row.reason ?? '' });
        }
      }
    }
    const { info } = open.source;
    const perRowMs = await meanRowMs(parts.db, open.task.name);
    return {
      task: open.task.name,
      source: {
        file: info.file,
        sha256: info.sha256,
        ...(info.sheet === undefined ? {} : { sheet: info.sheet }),
        rows: rows.total,
      },
      rows,
      invalid,
      warnings: open.warnings,
      continues: (await findUnfinished(parts.db, open.fingerprint))?.id ?? null,
      expectedMs: perRowMs === undefined ? null : Math.round(perRowMs * rows.run),
    };
  } finally {
    await open.source.close();
  }
}

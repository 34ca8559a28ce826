/** Dead letters out of nothing, for tests of lists: no row, no batch and no job belongs to them. */
import type { Session } from '../../src/database/database.js';

/**
 * Letters 1 to `count`, a second apart from the first of January 2026 on. Number i has id `b_<i % 10>-<i>`, row i, task
 * `task-<i % 4>`, one of five errors (`fingerprint<i % 5>`, code `E<i % 5>`) and a payload of about a kilobyte.
 */
export async function addLetters(db: Session, count: number): Promise<void> {
  await db.query(
    `insert into sluice.dead_letter (id, job_id, task, queue, batch_id, row_id, row_number, file, sheet, cell, payload,
       attempts, fingerprint, error, failed_at)
     select 'b_' || i % 10 || '-' || i, 'b_' || i % 10 || '-' || i, 'task-' || i % 4, 'default', 'b_' || i % 10, i, i,
       'sites.xlsx', 'Sheet1', 'C' || i,
       jsonb_build_object('kind', 'row', 'input', jsonb_build_object('latitude', i / 2.0, 'row', i, 'note', repeat(md5(i::text), 25))),
       3, 'fingerprint' || i % 5,
       jsonb_build_object('code', 'E' || i % 5, 'message', 'station ' || i || ' does not answer', 'stack', repeat('at f (x.ts:1:1) ', 5)),
       timestamptz '2026-01-01T00:00:00Z' + i * interval '1 second'
     from generate_series(1, $1::int) i`,
    [count],
  );
}

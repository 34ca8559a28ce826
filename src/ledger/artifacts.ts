/** Files that belong to a batch: made by its finish or by its rows, or exported for a person. */
import type { Session } from '../database/database.js';

export interface ArtifactRecord {
  name: string;
  kind: string;
  title: string | null;
  path: string;
  sha256: string;
  bytes: number;
  origin: 'finish' | 'export' | `row:${number}`;
}

export type RowArtifact = Omit<ArtifactRecord, 'origin'> & { row: number };

/** Records a file; the same path again replaces it. */
export async function recordArtifact(db: Session, batchId: string, artifact: ArtifactRecord): Promise<void> {
  await db.query(
    `insert into sluice.artifact (batch_id, name, kind, title, path, sha256, bytes, origin)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (batch_id, origin, path) do update set name = excluded.name, kind = excluded.kind,
       title = excluded.title, sha256 = excluded.sha256, bytes = excluded.bytes, created_at = now()`,
    [
      batchId,
      artifact.name,
      artifact.kind,
      artifact.title,
      artifact.path,
      artifact.sha256,
      artifact.bytes,
      artifact.origin,
    ],
  );
}

export async function listArtifacts(
  db: Session,
  batchId: string,
  origin: ArtifactRecord['origin'],
): Promise<ArtifactRecord[]> {
  const { rows } = await db.query<Omit<ArtifactRecord, 'bytes'> & { bytes: string }>(
    `select name, kind, title, path, sha256, bytes, origin from sluice.artifact
     where batch_id = $1 and origin = $2 order by name`,
    [batchId, origin],
  );
  return rows.map((row) => ({ ...row, bytes: Number(row.bytes) }));
}

/**
 * What the rows of a batch made, by row and name. Of a row that was skipped it is what the run made that its result is of.
 */
export async function listRowArtifacts(db: Session, batchId: string): Promise<RowArtifact[]> {
  const { rows } = await db.query<Omit<RowArtifact, 'bytes'> & { bytes: string }>(
    `with made as (
       select a.*, substr(a.origin, 5)::int as number from sluice.artifact a where a.origin like 'row:%'
     ), earlier as (
       select m.*, r.number as row, d.id, max(d.id) over (partition by r.number) as newest
       from made m join sluice.row d on d.batch_id = m.batch_id and d.number = m.number and d.state = 'completed'
       join sluice.row r on r.batch_id = $1 and r.row_key = d.row_key and r.state = 'skipped'
       where m.batch_id <> $1
     )
     select number as row, name, kind, title, path, sha256, bytes from made where batch_id = $1
     union all
     select row, name, kind, title, path, sha256, bytes from earlier where id = newest
     order by row, name`,
    [batchId],
  );
  return rows.map((row) => ({ ...row, bytes: Number(row.bytes) }));
}

/** What a row made belongs to it no more; all rows when none is named. */
export async function forgetRowArtifacts(db: Session, batchId: string, row?: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `delete from sluice.artifact where batch_id = $1 and ($2::text is null and origin like 'row:%' or origin = $2)`,
    [batchId, row === undefined ? null : `row:${row}`],
  );
  return rowCount > 0;
}

/** What is recorded under these paths belongs to the batch no more. */
export async function forgetArtifacts(
  db: Session,
  batchId: string,
  origin: ArtifactRecord['origin'],
  paths: readonly string[],
): Promise<void> {
  await db.query(
    'delete from sluice.artifact where batch_id = $1 and origin = $2 and path = any($3::text[])',
    [batchId, origin, paths],
  );
}

/** Names of the files that batches of this task and input file were exported to in `folder` (absolute, ends with its separator). */
export async function listExportedNames(
  db: Session,
  from: { task: string; file: string; folder: string },
): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select distinct a.name from sluice.artifact a join sluice.batch b on b.id = a.batch_id
     where a.origin = 'export' and b.task = $1 and b.source->>'file' = $2 and a.path = $3 || a.name`,
    [from.task, from.file, from.folder],
  );
  return rows.map(({ name }) => name);
}

/** True when a file with this path and content was written by us, by any batch. */
export async function isOurs(db: Session, path: string, sha256: string): Promise<boolean> {
  const { rows } = await db.query(`select 1 from sluice.artifact where path = $1 and sha256 = $2 limit 1`, [
    path,
    sha256,
  ]);
  return rows.length > 0;
}

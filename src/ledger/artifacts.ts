/** Files that belong to a batch: made by its finish, or exported for a person. */
import type { Session } from '../database/database.js';

export interface ArtifactRecord {
  name: string;
  kind: string;
  title: string | null;
  path: string;
  sha256: string;
  bytes: number;
  origin: 'finish' | 'export';
}

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

/** True when a file with this path and content was written by us, by any batch. */
export async function isOurs(db: Session, path: string, sha256: string): Promise<boolean> {
  const { rows } = await db.query(`select 1 from sluice.artifact where path = $1 and sha256 = $2 limit 1`, [
    path,
    sha256,
  ]);
  return rows.length > 0;
}

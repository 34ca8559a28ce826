/** Content hashes of data files, remembered by size and time so that an unchanged file is not read again. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Session } from '../database/database.js';

/** SHA-256 (hex) of the file's content. @throws what `stat` throws when there is no such file */
export async function fileIdentity(db: Session, path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  const { rows } = await db.query<{ sha256: string }>(
    'select sha256 from sluice.file_identity where path = $1 and bytes = $2 and modified_ms = $3',
    [path, size, mtimeMs],
  );
  if (rows[0] !== undefined) return rows[0].sha256;
  const sha256 = await hashFile(path);
  await db.query(
    `insert into sluice.file_identity (path, bytes, modified_ms, sha256) values ($1, $2, $3, $4)
     on conflict (path) do update set bytes = excluded.bytes, modified_ms = excluded.modified_ms, sha256 = excluded.sha256`,
    [path, size, mtimeMs, sha256],
  );
  return sha256;
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** The identity of one ledger: keeps apart projects that share one Redis. */
import { randomBytes } from 'node:crypto';
import type { Session } from '../database/database.js';

/** 8 hex characters, made on first use and the same ever after. */
export async function installationId(db: Session): Promise<string> {
  const found = await read(db);
  if (found !== undefined) return found;
  await db.query(
    "insert into sluice.meta (key, value) values ('installation', $1) on conflict (key) do nothing",
    [randomBytes(4).toString('hex')],
  );
  return (await read(db))!;
}

async function read(db: Session): Promise<string | undefined> {
  const { rows } = await db.query<{ value: string }>(
    "select value from sluice.meta where key = 'installation'",
  );
  return rows[0]?.value;
}

/** Effects that were done once. `scope` is the row or job they belong to. */
import type { Session } from '../database/database.js';

export async function findEffect(
  db: Session,
  scope: string,
  key: string,
): Promise<{ value: unknown } | undefined> {
  const { rows } = await db.query<{ value: unknown }>(
    'select value from sluice.effect where scope = $1 and key = $2',
    [scope, key],
  );
  return rows[0];
}

/** Records an effect's value; when another attempt was first, its value stands and is returned. */
export async function recordEffect(
  db: Session,
  scope: string,
  key: string,
  value: unknown,
): Promise<unknown> {
  const json = JSON.stringify(value ?? null);
  await db.query(
    'insert into sluice.effect (scope, key, value) values ($1, $2, $3::jsonb) on conflict (scope, key) do nothing',
    [scope, key, json],
  );
  return (await findEffect(db, scope, key))?.value;
}

/** Brings a database's tables up to date: our numbered SQL files, and the queue's own. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BackendError } from '../core/error.js';
import type { Database, PoolClientLike, QueueTables } from './database.js';

export interface Migration {
  number: number;
  name: string;
  sql: string;
  /** SHA-256 of the file, line ends folded. */
  checksum: string;
}

const OLDEST_SERVER = 140_000;
const MIGRATION_FOLDER = fileURLToPath(new URL('./migrations/', import.meta.url));
/** Any fixed number; `SLCE` in ASCII. */
const LOCK_KEY = 0x534c4345;

/**
 * Applies what is missing, each file once and all of them in one transaction under an advisory lock, so that any number of
 * processes may start at once. One query when there is nothing to do.
 * @throws {BackendError} `DATABASE_NEWER`, `DATABASE_CHANGED`, `DATABASE_TOO_OLD`; with `apply: false` also `DATABASE_NOT_MIGRATED`
 */
export async function bringUpToDate(
  database: Database,
  {
    apply,
    queueTables,
    migrations = readMigrations(),
  }: { apply: boolean; queueTables: QueueTables; migrations?: readonly Migration[] },
): Promise<void> {
  const state = await readState(database);
  if (state.serverVersion !== undefined) refuseOldServer(database, state.serverVersion);
  const missing = missingFrom(state.applied, migrations, database.label);
  const queueIsCurrent = state.queueVersion >= queueTables.version;
  if (missing.length === 0 && queueIsCurrent) return;
  if (!apply) throw notMigrated(database, missing);

  const client = await database.poolForQueue.connect();
  try {
    const { rows } = await client.query<{ version: number }>(
      "SELECT current_setting('server_version_num')::int AS version",
    );
    refuseOldServer(database, rows[0]!.version);
    await applyMissing(client, migrations, database.label);
    if (!queueIsCurrent) await queueTables.migrate(client);
  } finally {
    client.release();
  }
}

/** The migrations in `folder` by number. @throws {Error} when a name is malformed or a number is there twice */
export function readMigrations(folder: string = MIGRATION_FOLDER): Migration[] {
  const migrations = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => {
      const match = /^(\d{4})-([a-z0-9-]+)\.sql$/.exec(file);
      if (match === null) throw new Error(`${file} is not named like 0001-ledger.sql`);
      const sql = readFileSync(`${folder}/${file}`, 'utf8').replaceAll('\r\n', '\n');
      return {
        number: Number(match[1]),
        name: match[2]!,
        sql,
        checksum: createHash('sha256').update(sql).digest('hex'),
      };
    });
  migrations.forEach((migration, i) => {
    if (migration.number === migrations[i - 1]?.number) {
      throw new Error(`two migrations have the number ${migration.number}`);
    }
  });
  return migrations;
}

interface Applied {
  number: number;
  name: string;
  checksum: string;
}

interface TablesState {
  applied: Applied[];
  queueVersion: number;
  serverVersion: number | undefined;
}

async function readState(database: Database): Promise<TablesState> {
  try {
    const { rows } = await database.query<Applied & { queue: number | null; server: number }>(
      `SELECT number, name, checksum, (SELECT max(version)::int FROM bullmq.migration) AS queue,
              current_setting('server_version_num')::int AS server
         FROM sluice.migration ORDER BY number`,
    );
    return { applied: rows, queueVersion: rows[0]?.queue ?? 0, serverVersion: rows[0]?.server };
  } catch (error) {
    if (!isMissingTable(error)) throw error;
    return { applied: [], queueVersion: 0, serverVersion: undefined };
  }
}

/** undefined_table, invalid_schema_name */
function isMissingTable(error: unknown): boolean {
  return error instanceof Error && ['42P01', '3F000'].includes(String((error as { code?: unknown }).code));
}

function missingFrom(
  applied: readonly Applied[],
  migrations: readonly Migration[],
  label: string,
): readonly Migration[] {
  const known = new Map(migrations.map((migration) => [migration.number, migration]));
  for (const row of applied) {
    const ours = known.get(row.number);
    if (ours === undefined) throw newer(label, row, migrations);
    if (ours.checksum !== row.checksum) throw changed(label, row);
  }
  const done = new Set(applied.map((row) => row.number));
  return migrations.filter((migration) => !done.has(migration.number));
}

async function applyMissing(
  client: PoolClientLike,
  migrations: readonly Migration[],
  label: string,
): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query("SET LOCAL lock_timeout = '60s'");
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK_KEY]);
    await client.query('SET LOCAL search_path TO sluice, public');
    await client.query('CREATE SCHEMA IF NOT EXISTS sluice');
    await client.query(
      `CREATE TABLE IF NOT EXISTS sluice.migration (
         number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
         applied_at timestamptz NOT NULL DEFAULT now())`,
    );
    const { rows } = await client.query<Applied>('SELECT number, name, checksum FROM sluice.migration');
    for (const migration of missingFrom(rows, migrations, label)) {
      await client.query(migration.sql);
      await client.query('INSERT INTO sluice.migration (number, name, checksum) VALUES ($1, $2, $3)', [
        migration.number,
        migration.name,
        migration.checksum,
      ]);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

function refuseOldServer(database: Database, version: number): void {
  if (version >= OLDEST_SERVER) return;
  throw new BackendError(
    `${database.label} is PostgreSQL ${Math.floor(version / 10_000)}; expected version 14 or newer`,
    {
      code: 'DATABASE_TOO_OLD',
      hint: 'use a newer PostgreSQL, or unset DATABASE_URL to use the embedded database',
      details: { found: version, expected: OLDEST_SERVER },
    },
  );
}

function newer(label: string, row: Applied, migrations: readonly Migration[]): BackendError {
  const latest = migrations.at(-1)?.number ?? 0;
  return new BackendError(
    `${label} was made by a newer jobs: its tables have migration ${row.number} (${row.name}), this program knows up to ${latest}`,
    {
      code: 'DATABASE_NEWER',
      hint: 'npm install -g sluice@latest',
      details: { found: row.number, expected: latest },
    },
  );
}

function changed(label: string, row: Applied): BackendError {
  return new BackendError(
    `${label} was made with another text of migration ${row.number} (${row.name}) than this program has`,
    {
      code: 'DATABASE_CHANGED',
      hint: 'use the version of jobs that made it, or another database',
      details: { number: row.number, found: row.checksum },
    },
  );
}

function notMigrated(database: Database, missing: readonly Migration[]): BackendError {
  const what = missing[0] === undefined ? 'the queue tables' : `migration ${missing[0].number}`;
  return new BackendError(`the tables of ${database.label} are not up to date: ${what} is missing`, {
    code: 'DATABASE_NOT_MIGRATED',
    hint: 'open the database once with migrations allowed',
    details: { missing: missing.map((migration) => migration.number) },
  });
}

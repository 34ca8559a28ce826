/** The folder `db` in the state folder: made from the template when there is one, else by initdb; never half made. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BackendError } from '../../core/error.js';
import { readMigrations } from '../migrations.js';
import { EMBEDDED_MAJOR, INITDB_OPTIONS, SERVER_SETTINGS } from './server-settings.js';
import { findTemplate, templateStamp, unpackFolder } from './template.js';

/**
 * Makes sure that `<stateDir>/db` can be opened, and returns its path. Only the holder of the folder's lock may call it.
 * @throws {BackendError} `DATABASE_FOLDER_VERSION`, `DATABASE_FOLDER_DAMAGED`
 */
export async function prepareDataFolder(stateDir: string): Promise<string> {
  const folder = join(stateDir, 'db');
  for (const leftover of readdirSync(stateDir).filter((name) => name.startsWith('db.new-'))) {
    rmSync(join(stateDir, leftover), { recursive: true, force: true });
  }
  if (existsSync(folder)) refuseUnusable(folder);
  else await makeBeside(folder);
  return folder;
}

/** A new database by initdb: about 3 s, and 0.8 GB of memory while it lasts. */
async function initializeDataFolder(folder: string): Promise<void> {
  const { PGlite } = await import('@electric-sql/pglite');
  const exitCode = process.exitCode;
  mkdirSync(folder, { mode: 0o700 });
  const database = await PGlite.create({
    dataDir: folder,
    initDbStartParams: [...INITDB_OPTIONS],
    postgresqlconf: [...SERVER_SETTINGS],
  });
  await database.close();
  process.exitCode = exitCode;
}

function refuseUnusable(folder: string): void {
  if (!existsSync(join(folder, 'PG_VERSION'))) {
    throw new BackendError(`${folder} is not a database folder: it has no file PG_VERSION`, {
      code: 'DATABASE_FOLDER_DAMAGED',
      hint: `move ${folder} away; a new database is made at the next start`,
    });
  }
  const found = readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim();
  if (found === EMBEDDED_MAJOR) return;
  throw new BackendError(
    `${folder} was made by PostgreSQL ${found}; this version of jobs has PostgreSQL ${EMBEDDED_MAJOR} inside`,
    {
      code: 'DATABASE_FOLDER_VERSION',
      hint: `use the version of jobs that made it, or move ${folder} away and start anew`,
      details: { found, expected: EMBEDDED_MAJOR },
    },
  );
}

/** Renaming is atomic: a kill leaves either no `db` or a whole one. */
async function makeBeside(folder: string): Promise<void> {
  const unfinished = `${folder}.new-${process.pid}-${Date.now()}`;
  const template = findTemplate(templateStamp(readMigrations()));
  if (template === undefined) await initializeDataFolder(unfinished);
  else unpackFolder(template, unfinished);
  renameSync(unfinished, folder);
}

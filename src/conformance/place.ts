/** A throw-away place on a backend: a database of its own, keys of its own in Redis, a folder of its own. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '../config/load.js';
import { BackendError } from '../core/error.js';
import { openPostgres } from '../database/postgres/postgres-database.js';
import { installationId } from '../ledger/installation.js';
import { removeNamespace } from '../queue/namespace.js';
import { openToolkit, type Toolkit } from '../toolkit.js';
import type { Backend } from './fault.js';
import { writeProject } from './project.js';

/** Where the throw-away places are made. */
export interface Target {
  /** Undefined = the embedded database. */
  databaseUrl?: string | undefined;
  /** Undefined = jobs live in the database. */
  redisUrl?: string | undefined;
}

export interface Place {
  backend: Backend;
  /** A project: config, tasks, sheets, journal. */
  folder: string;
  stateDir: string;
  databaseUrl: string | undefined;
  redisUrl: string | undefined;
  open(): Promise<Toolkit>;
  /** The database and the keys; the folder too unless it is kept as evidence. */
  remove(options: { keepFolder: boolean }): Promise<void>;
}

const INSUFFICIENT_PRIVILEGE = '42501';

export function backendOf({ databaseUrl, redisUrl }: Target): Backend {
  if (redisUrl !== undefined) return 'redis';
  return databaseUrl === undefined ? 'pglite' : 'postgres';
}

/** @throws {BackendError} CONFORMANCE_DATABASE_REFUSED when the user may not make a database, or a server is away */
export async function newPlace(target: Target, label: string): Promise<Place> {
  const database =
    target.databaseUrl === undefined ? undefined : await makeDatabase(target.databaseUrl, label);
  const folder = mkdtempSync(path.join(tmpdir(), `sluice-conformance-${label}-`));
  const stateDir = path.join(folder, '.jobs');
  mkdirSync(stateDir, { mode: 0o700 });
  writeProject(folder, { stateDir });
  const urls = { databaseUrl: database?.url, redisUrl: target.redisUrl };
  const open = () => openPlace(folder, urls);
  const remove = async ({ keepFolder }: { keepFolder: boolean }): Promise<void> => {
    await database?.drop();
    if (!keepFolder) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const place = { backend: backendOf(target), folder, stateDir, ...urls, open };
  if (place.backend === 'pglite') return { ...place, remove };
  try {
    const installation = await reach(open);
    return {
      ...place,
      async remove(options) {
        if (target.redisUrl !== undefined) await removeNamespace(target.redisUrl, installation);
        await remove(options);
      },
    };
  } catch (error) {
    await remove({ keepFolder: false });
    throw error;
  }
}

/** Servers that are away are told of before anything is begun. Returns what the keys in Redis begin with. */
async function reach(open: () => Promise<Toolkit>): Promise<string> {
  const toolkit = await open();
  try {
    await toolkit.queues.connect();
    return await installationId(toolkit.db);
  } finally {
    await toolkit.close();
  }
}

async function openPlace(
  folder: string,
  { databaseUrl, redisUrl }: { databaseUrl: string | undefined; redisUrl: string | undefined },
): Promise<Toolkit> {
  const env = {
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
  };
  const { config } = await loadConfig({ cwd: folder, env });
  return openToolkit({ config });
}

async function makeDatabase(url: string, label: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `sluice_conformance_${label.replaceAll('-', '_')}_${randomBytes(4).toString('hex')}`;
  const own = new URL(url);
  own.pathname = `/${name}`;
  await asOwner(url, `create database ${name}`);
  return { url: own.href, drop: () => asOwner(url, `drop database if exists ${name} with (force)`) };
}

async function asOwner(url: string, sql: string): Promise<void> {
  const database = await openPostgres(url);
  try {
    await database.query(sql);
  } catch (error) {
    if ((error as { code?: unknown }).code !== INSUFFICIENT_PRIVILEGE) throw error;
    const user = decodeURIComponent(new URL(url).username) || 'the user of this URL';
    throw new BackendError(
      `${database.label}: ${user} may not make the throw-away database that the suite runs in`,
      {
        code: 'CONFORMANCE_DATABASE_REFUSED',
        hint: `as a superuser: alter role "${user}" createdb; and after the suite: alter role "${user}" nocreatedb`,
        details: { database: database.label, user },
        cause: error,
      },
    );
  } finally {
    await database.close();
  }
}

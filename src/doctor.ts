/** Looks at everything a run needs and says what is wrong and how to mend it. Never throws: a fault is a finding. */
import { statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import type { Config } from './config/config.js';
import { type LoadOptions, loadConfig } from './config/load.js';
import { packageVersion } from './config/package-version.js';
import { redactText } from './config/secret.js';
import { SluiceError } from './core/error.js';
import { plural } from './core/text.js';
import { openToolkit, type Toolkit } from './toolkit.js';

export interface Check {
  name: string;
  state: 'ok' | 'warning' | 'failure';
  found: string;
  /** What to type or change; null when all is well. */
  fix: string | null;
}

export interface DoctorReport {
  ok: boolean;
  version: string;
  checks: Check[];
}

const LOW_DISK_BYTES = 500e6;
const CLOCK_SKEW_MS = 2_000;
const DEAD_WORKER_MS = 60_000;

export async function examine(where: LoadOptions): Promise<DoctorReport> {
  const checks: Check[] = [checkNode(process.versions.node)];
  const config = await attempt(checks, 'config', async () => {
    const loaded = (await loadConfig(where)).config;
    checks.push(fine('config', loaded.file ?? 'no file; defaults'));
    return loaded;
  });
  if (config !== undefined) {
    checks.push(await checkDisk(config));
    checks.push(...checkData(config));
    await examineBackends(config, checks);
  }
  return { ok: checks.every(({ state }) => state !== 'failure'), version: packageVersion(), checks };
}

async function examineBackends(config: Config, checks: Check[]): Promise<void> {
  const toolkit = await attempt(checks, 'database', () => openToolkit({ config }));
  if (toolkit === undefined) return;
  try {
    checks.push(fine('database', `${toolkit.db.label}, tables up to date`));
    await attempt(checks, 'clock', async () => void checks.push(await checkClock(toolkit)));
    await attempt(checks, 'queue', () => checkQueue(toolkit, checks));
    await attempt(checks, 'workers', async () => void checks.push(await checkWorkers(toolkit)));
    await attempt(checks, 'tasks', async () => void checks.push(await checkTasks(toolkit)));
  } finally {
    await toolkit.close().catch(() => {});
  }
}

function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const tooOld = major < 20 || (major === 20 && minor < 19);
  return tooOld
    ? { name: 'node', state: 'failure', found: `version ${version}`, fix: 'install Node 20.19 or newer' }
    : fine('node', `version ${version}`);
}

async function checkDisk(config: Config): Promise<Check> {
  const { bavail, bsize } = await statfs(config.root).catch(() => statfs(dirname(config.root)));
  const free = bavail * bsize;
  const found = `${(free / 1e9).toFixed(1)} GB free at ${config.root}`;
  return free < LOW_DISK_BYTES
    ? {
        name: 'disk',
        state: 'warning',
        found,
        fix: 'free some space: results and the embedded database are written here',
      }
    : fine('disk', found);
}

function checkData(config: Config): Check[] {
  return Object.values(config.data).map((source) =>
    source.files.length === 0
      ? {
          name: `data.${source.name}`,
          state: 'warning',
          found: 'matches no file',
          fix: `correct the path: ${source.origin}`,
        }
      : fine(`data.${source.name}`, plural(source.files.length, 'file')),
  );
}

async function checkClock(toolkit: Toolkit): Promise<Check> {
  const before = Date.now();
  const { rows } = await toolkit.db.query<{ now: Date }>('select clock_timestamp() as now');
  const skewMs = Math.abs(rows[0]!.now.getTime() - (before + Date.now()) / 2);
  return skewMs > CLOCK_SKEW_MS
    ? {
        name: 'clock',
        state: 'warning',
        found: `this machine and the database differ by ${(skewMs / 1000).toFixed(1)} s`,
        fix: 'set both clocks by NTP: leases and schedules depend on them',
      }
    : fine('clock', 'agrees with the database');
}

async function checkQueue(toolkit: Toolkit, checks: Check[]): Promise<void> {
  const { version, findings } = await toolkit.queues.describe();
  checks.push(fine('queue', `${toolkit.queues.label}, ${version}`));
  for (const { problem, fix } of findings)
    checks.push({ name: 'queue', state: 'warning', found: problem, fix });
}

async function checkWorkers(toolkit: Toolkit): Promise<Check> {
  const workers = await toolkit.workers();
  const dead = workers.filter(({ heartbeatAt }) => Date.now() - Date.parse(heartbeatAt) > DEAD_WORKER_MS);
  const alive = workers.length - dead.length;
  const names = dead
    .map(({ id, host, pid }) => `${id} (${host === hostname() ? 'here' : host}, pid ${pid})`)
    .slice(0, 5);
  return dead.length > 0
    ? {
        name: 'workers',
        state: 'warning',
        found: `${alive} alive; ${dead.length} stopped answering: ${names.join(', ')}`,
        fix: 'nothing is lost: what they ran is run again when their leases end',
      }
    : fine('workers', `${alive} alive`);
}

async function checkTasks(toolkit: Toolkit): Promise<Check> {
  const names = await toolkit.tasks.names();
  for (const name of names) await toolkit.tasks.get(name);
  return fine('tasks', `${plural(names.length, 'task')}: ${names.join(', ')}`);
}

async function attempt<T>(checks: Check[], name: string, look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    const fix = error instanceof SluiceError ? (error.hint ?? null) : null;
    checks.push({ name, state: 'failure', found: redactText((error as Error).message), fix });
    return undefined;
  }
}

function fine(name: string, found: string): Check {
  return { name, state: 'ok', found, fix: null };
}

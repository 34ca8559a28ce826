/**
 * Who holds a state folder. `db.lock` names the holder; it is made whole and linked into place, so it is there completely
 * or not at all. A dead holder's lock is never removed by others (two of them could remove each other's): whoever is first to
 * link `db.lock.<token of the dead lock>` is its one successor, and only the successor replaces `db.lock`. The last of this
 * chain is the holder.
 *
 * The socket named in a lock listens before the lock exists and until it is gone, so a socket that refuses is a dead holder's.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackendError } from '../../core/error.js';
import { livenessOf, type ProcessIdentity, thisProcess } from './process-identity.js';
import { probeSocket, socketPath } from './socket-path.js';

export interface LockRecord extends ProcessIdentity {
  token: string;
  /** Name of the holder's socket in the state folder; an absolute path where that would be too long. */
  socket: string;
}

export type Claim =
  /** This process holds the folder; `replaced` are the dead holders it comes after. */
  | { kind: 'won'; replaced: LockRecord[] }
  | { kind: 'held'; holder: LockRecord }
  /** Held on a machine or in a container that this process cannot look into. */
  | { kind: 'elsewhere'; holder: LockRecord };

const HEAD = 'db.lock';
/** A lock that cannot be read and is older is what a power loss left. */
const UNREADABLE_AFTER_MS = 5_000;
const MOST_TRIES = 1_000;

export function newLockRecord(token: string, socket: string): LockRecord {
  return { token, socket, ...thisProcess() };
}

export function newToken(): string {
  return randomBytes(8).toString('hex');
}

/** The holder now, when the lock names one; says nothing about whether it lives. */
export function readHolder(stateDir: string): LockRecord | undefined {
  return readChain(stateDir).at(-1);
}

/** Takes the folder for `mine` unless a living process has it. Safe for any number of processes at once. */
export async function claimFolder(stateDir: string, mine: LockRecord): Promise<Claim> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const chain = readChain(stateDir);
    const last = chain.at(-1);
    if (last === undefined) {
      if (!putLock(stateDir, HEAD, mine)) continue;
      sweep(stateDir, mine);
      return { kind: 'won', replaced: [] };
    }
    const standing = await standingOf(last, stateDir);
    if (standing !== 'dead') return { kind: standing, holder: last };
    const step = `${HEAD}.${last.token}`;
    if (!putLock(stateDir, step, mine)) continue;
    if (readChain(stateDir).at(-1)?.token !== mine.token) {
      rmSync(join(stateDir, step), { force: true });
      continue;
    }
    replaceHead(stateDir, mine);
    sweep(stateDir, mine);
    return { kind: 'won', replaced: chain };
  }
  throw new BackendError(`the lock of ${stateDir} cannot be taken: other processes keep changing it`, {
    code: 'DATABASE_UNREACHABLE',
    hint: 'try again',
  });
}

/** Gives the folder up. Only for the holder. */
export function releaseFolder(stateDir: string, mine: LockRecord): void {
  if (readHolder(stateDir)?.token === mine.token) rmSync(join(stateDir, HEAD), { force: true });
}

async function standingOf(record: LockRecord, stateDir: string): Promise<'held' | 'elsewhere' | 'dead'> {
  const liveness = livenessOf(record);
  if (liveness === 'dead') return 'dead';
  if (liveness === 'alive') return 'held';
  const answer = await probeSocket(socketPath(stateDir, record.socket));
  if (answer === 'listening') return 'held';
  if (liveness === 'likely') return answer === 'refused' ? 'dead' : 'held';
  const isSameKernel = record.boot !== null && record.boot === thisProcess().boot;
  return isSameKernel && answer === 'refused' ? 'dead' : 'elsewhere';
}

function readChain(stateDir: string): LockRecord[] {
  const chain: LockRecord[] = [];
  for (let name = HEAD; ; name = `${HEAD}.${chain.at(-1)!.token}`) {
    const record = readLock(join(stateDir, name));
    if (record === undefined) return chain;
    chain.push(record);
  }
}

function readLock(path: string): LockRecord | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    try {
      return JSON.parse(text) as LockRecord;
    } catch {
      return unreadable(path);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Stands for a lock without text: a dead process's when it is old, else one being written where links do not exist. */
function unreadable(path: string): LockRecord {
  const { mtimeMs, ino } = statSync(path);
  const isOld = Date.now() - mtimeMs > UNREADABLE_AFTER_MS;
  const me = thisProcess();
  return { ...me, token: `unreadable-${ino}`, socket: '', ...(isOld ? { startTime: 'never' } : {}) };
}

/** False when the name is taken. */
function putLock(stateDir: string, name: string, record: LockRecord): boolean {
  const draft = join(stateDir, `db.lock-${record.token}.new`);
  const path = join(stateDir, name);
  writeFileSync(draft, JSON.stringify(record), { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    return createExclusively(path, record);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** For file systems without hard links. */
function createExclusively(path: string, record: LockRecord): boolean {
  try {
    writeFileSync(path, JSON.stringify(record), { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function replaceHead(stateDir: string, mine: LockRecord): void {
  const draft = join(stateDir, `db.lock-${mine.token}.new`);
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o600 });
  renameSync(draft, join(stateDir, HEAD));
}

/** Steps towards older locks mean nothing once the head is replaced, and steps over a living holder never count. */
function sweep(stateDir: string, mine: LockRecord): void {
  for (const name of readdirSync(stateDir)) {
    const isStep = name.startsWith(`${HEAD}.`) && name !== `${HEAD}.${mine.token}`;
    if (isStep) rmSync(join(stateDir, name), { force: true });
  }
}

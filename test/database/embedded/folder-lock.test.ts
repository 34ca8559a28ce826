import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  claimFolder,
  type LockRecord,
  newLockRecord,
  newToken,
  readHolder,
  releaseFolder,
} from '../../../src/database/embedded/folder-lock.js';
import { thisProcess } from '../../../src/database/embedded/process-identity.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-lock-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function record(change: Partial<LockRecord> = {}): LockRecord {
  const token = newToken();
  return { ...newLockRecord(token, `db-${token}.sock`), ...change };
}

/** Of a process that has ended, and whose pid nobody has now. */
async function deadRecord(): Promise<LockRecord> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return record({ pid: child.pid!, startTime: '1' });
}

function writeLock(lock: LockRecord): void {
  writeFileSync(join(folder, 'db.lock'), JSON.stringify(lock));
}

/** In a process that can be killed, which leaves the socket behind and nobody listening. */
async function listenInChild(path: string): Promise<{ kill(): Promise<void> }> {
  const program = `require('node:net').createServer().listen(process.argv[1], () => console.log('listening'))`;
  const child = spawn(process.execPath, ['--eval', program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return {
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

describe('the lock of a state folder', () => {
  it('is taken in an empty folder', async () => {
    const mine = record();
    expect(await claimFolder(folder, mine)).toEqual({ kind: 'won', replaced: [] });
    expect(readHolder(folder)).toEqual(mine);
  });

  it('is not taken from a living process', async () => {
    const held = record();
    await claimFolder(folder, held);
    expect(await claimFolder(folder, record())).toEqual({ kind: 'held', holder: held });
    expect(readHolder(folder)).toEqual(held);
  });

  it('is taken from a dead process', async () => {
    const dead = await deadRecord();
    writeLock(dead);
    const mine = record();
    expect(await claimFolder(folder, mine)).toEqual({ kind: 'won', replaced: [dead] });
    expect(readHolder(folder)).toEqual(mine);
    expect(readdirSync(folder)).toEqual(['db.lock']);
  });

  it('is taken when another process has the dead one’s number now', async () => {
    writeLock(record({ pid: process.pid, startTime: '1' }));
    expect(await claimFolder(folder, record())).toMatchObject({ kind: 'won' });
  });

  it('is taken by one only of a hundred that find a dead process’s lock at once', async () => {
    writeLock(await deadRecord());
    const claims = await Promise.all(Array.from({ length: 100 }, () => claimFolder(folder, record())));
    expect(claims.filter((claim) => claim.kind === 'won')).toHaveLength(1);
  });

  it('is taken after a process that died in the middle of taking it', async () => {
    const dead = await deadRecord();
    const deadTaker = await deadRecord();
    writeLock(dead);
    writeFileSync(join(folder, `db.lock.${dead.token}`), JSON.stringify(deadTaker));
    const mine = record();
    expect(await claimFolder(folder, mine)).toEqual({ kind: 'won', replaced: [dead, deadTaker] });
    expect(readHolder(folder)).toEqual(mine);
  });

  it('is not taken from a living process that is in the middle of taking it', async () => {
    const dead = await deadRecord();
    const taker = record();
    writeLock(dead);
    writeFileSync(join(folder, `db.lock.${dead.token}`), JSON.stringify(taker));
    expect(await claimFolder(folder, record())).toEqual({ kind: 'held', holder: taker });
  });

  it('is free again after it was given up', async () => {
    const held = record();
    await claimFolder(folder, held);
    releaseFolder(folder, held);
    expect(await claimFolder(folder, record())).toMatchObject({ kind: 'won' });
  });

  it('cannot be given up by a process that does not have it', async () => {
    const held = record();
    await claimFolder(folder, held);
    releaseFolder(folder, record());
    expect(readHolder(folder)).toEqual(held);
  });

  it('is taken when the machine was started anew since', async () => {
    writeLock(record({ boot: 'an earlier boot' }));
    expect(await claimFolder(folder, record())).toMatchObject({ kind: 'won' });
  });

  it('is not taken from another machine', async () => {
    const there = record({ host: `not-${hostname()}`, boot: 'another boot', machine: 'another machine' });
    writeLock(there);
    expect(await claimFolder(folder, record())).toEqual({ kind: 'elsewhere', holder: there });
  });

  it.runIf(thisProcess().pidNamespace !== null)(
    'is held by a process in another container when its socket answers, and free when it refuses',
    async () => {
      const there = record({ pidNamespace: 'pid:[1]', socket: 'db-there.sock' });
      writeLock(there);
      expect(await claimFolder(folder, record())).toEqual({ kind: 'elsewhere', holder: there });
      const listener = await listenInChild(join(folder, 'db-there.sock'));
      expect(await claimFolder(folder, record())).toEqual({ kind: 'held', holder: there });
      await listener.kill();
      expect(await claimFolder(folder, record())).toMatchObject({ kind: 'won' });
    },
  );

  it('is taken when a power loss left it empty, but not while it is new', async () => {
    const path = join(folder, 'db.lock');
    writeFileSync(path, '');
    expect(await claimFolder(folder, record())).toMatchObject({ kind: 'held' });
    utimesSync(path, new Date(0), new Date(0));
    expect(await claimFolder(folder, record())).toMatchObject({ kind: 'won' });
  });
});

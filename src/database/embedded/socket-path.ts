/** Where a holder's socket is, and whether anybody listens there. */
import { mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';

/** The kernel's limit is 104 (macOS) or 108 (Linux) bytes. */
const LONGEST_PATH = 100;
const PROBE_MS = 2_000;

/**
 * The name for a new socket, as it stands in the lock: a name in the state folder; where its path would be too long, the
 * path in a new temporary folder that only this user can enter. On Windows a named pipe.
 */
export function newSocketName(stateDir: string, token: string): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\sluice-${token}`;
  const name = `db-${token}.sock`;
  if (Buffer.byteLength(join(stateDir, name)) <= LONGEST_PATH) return name;
  return join(mkdtempSync(join(tmpdir(), 'sluice-')), 'db.sock');
}

/** Where to connect for the socket that a lock names. */
export function socketPath(stateDir: string, name: string): string {
  return name === '' || isAbsolute(name) ? name : join(stateDir, basename(name));
}

export function removeSocket(path: string): void {
  if (process.platform === 'win32' || path === '') return;
  rmSync(path, { force: true });
  if (basename(path) !== 'db.sock') return;
  try {
    rmdirSync(dirname(path));
  } catch {
    // Somebody else's file is in it, or it is gone already.
  }
}

/** `refused`: the socket is there and no process listens; `absent`: there is none, or it cannot be reached from here. */
export function probeSocket(path: string): Promise<'listening' | 'refused' | 'absent'> {
  if (path === '') return Promise.resolve('absent');
  return new Promise((resolve) => {
    const socket = connect(path);
    const finish = (answer: 'listening' | 'refused' | 'absent') => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => finish('listening'), PROBE_MS);
    socket.once('connect', () => finish('listening'));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') finish('refused');
      else finish(error.code === 'EAGAIN' ? 'listening' : 'absent');
    });
  });
}

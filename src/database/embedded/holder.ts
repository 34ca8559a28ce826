/** Holding the state folder: the lock, the database in it, and the socket for the other processes. */
import { makeFolder } from '../../core/make-folder.js';
import { prepareDataFolder } from './data-folder.js';
import { type Engine, openEngine } from './engine.js';
import { claimFolder, type LockRecord, newLockRecord, newToken, releaseFolder } from './folder-lock.js';
import { startHousekeeping } from './housekeeping.js';
import { type Link, SHARED_SESSION } from './link.js';
import { newSocketName, removeSocket, socketPath } from './socket-path.js';
import { listenForClients, type SocketServer } from './socket-server.js';

export type Attempt = { kind: 'holding'; link: Link } | { kind: 'held' | 'elsewhere'; holder: LockRecord };

/**
 * Takes the folder and opens the database in it, or says who has it. The socket listens before the lock names it, so that
 * whoever reads the lock can connect at once and wait there.
 */
export async function tryToHold(stateDir: string): Promise<Attempt> {
  makeFolder(stateDir, { mode: 0o700 });
  const token = newToken();
  const name = newSocketName(stateDir, token);
  const path = socketPath(stateDir, name);
  const server = await listenForClients(path, `process ${process.pid}`);
  const lock = newLockRecord(token, name);
  try {
    const claim = await claimFolder(stateDir, lock);
    if (claim.kind !== 'won') {
      await server.close();
      return claim;
    }
    for (const dead of claim.replaced) removeSocket(socketPath(stateDir, dead.socket));
    const engine = await openEngine(await prepareDataFolder(stateDir));
    server.serve(engine);
    return { kind: 'holding', link: new HolderLink(engine, server, () => releaseFolder(stateDir, lock)) };
  } catch (error) {
    releaseFolder(stateDir, lock);
    await server.close();
    throw error;
  }
}

/** The database in this very process. */
class HolderLink implements Link {
  readonly holder = 'this process';
  readonly ended: Promise<{ graceful: boolean }>;
  readonly #engine: Engine;
  readonly #server: SocketServer;
  readonly #release: () => void;
  readonly #stopHousekeeping: () => Promise<void>;
  #end!: (end: { graceful: boolean }) => void;
  #closing: Promise<void> | undefined;

  constructor(engine: Engine, server: SocketServer, release: () => void) {
    this.#engine = engine;
    this.#server = server;
    this.#release = release;
    this.#stopHousekeeping = startHousekeeping(engine);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    void engine.broken.then(() => this.#letGo(false));
  }

  execute(session: number, text: string, params: readonly (string | null)[] | undefined) {
    return this.#engine.execute(session === SHARED_SESSION ? undefined : `own:${session}`, text, params);
  }

  endSession(session: number): void {
    this.#engine.endSession(`own:${session}`);
  }

  onNotification(listener: (channel: string, payload: string) => void): void {
    this.#engine.onNotification(listener);
  }

  close(): Promise<void> {
    return this.#letGo(true);
  }

  /** The lock goes only after the database is shut; the clients are told only after the lock is gone. */
  #letGo(graceful: boolean): Promise<void> {
    this.#closing ??= (async () => {
      await Promise.all([this.#stopHousekeeping(), this.#engine.close()]);
      this.#release();
      await this.#server.close();
      this.#end({ graceful });
    })();
    return this.#closing;
  }
}

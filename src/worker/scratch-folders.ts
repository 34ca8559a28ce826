/** Folders of running attempts, `<stateDir>/scratch/<worker>/…`: gone when the attempt ends, or with its worker. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { asFolderError, makeFolder } from '../core/make-folder.js';
import type { WorkerRecord } from '../ledger/workers.js';

/** Older folders of workers that the ledger does not know; a worker of another ledger may share the state folder. */
const UNKNOWN_AFTER_MS = 86_400_000;

export class ScratchFolders {
  readonly #root: string;
  readonly #worker: string;

  constructor(stateDir: string, worker: string) {
    this.#root = path.join(stateDir, 'scratch');
    this.#worker = worker;
  }

  /** A new, empty one. @throws {InputError} FOLDER_NOT_WRITABLE */
  async make(): Promise<string> {
    const own = path.join(this.#root, this.#worker);
    try {
      makeFolder(own);
      return await mkdtemp(path.join(own, 'run-'));
    } catch (error) {
      throw asFolderError(error, own, 'stateDir');
    }
  }

  /** Never rejects: what is left goes with the worker. */
  async remove(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true, maxRetries: 2 }).catch(() => {});
  }

  /** The worker ends. */
  async close(): Promise<void> {
    await this.remove(path.join(this.#root, this.#worker));
  }

  /** Removes what workers left that were killed. `listed` are those of the ledger that have not stopped. */
  async sweep(listed: () => Promise<readonly Pick<WorkerRecord, 'id' | 'host' | 'pid'>[]>): Promise<void> {
    const found = (await readdir(this.#root).catch(() => [])).filter((name) => name !== this.#worker);
    if (found.length === 0) return;
    const workers = new Map((await listed()).map((worker) => [worker.id, worker]));
    for (const name of found) {
      const folder = path.join(this.#root, name);
      const worker = workers.get(name);
      if (worker === undefined ? await isOld(folder) : hasDied(worker)) await this.remove(folder);
    }
  }
}

function hasDied({ host, pid }: Pick<WorkerRecord, 'host' | 'pid'>): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

async function isOld(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > UNKNOWN_AFTER_MS;
}

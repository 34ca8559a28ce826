/** The inside of a pool's thread: runs one exported function at a time and sends back what it gave or threw. */
import { parentPort } from 'node:worker_threads';
import { toCarried } from './carried-error.js';
import { loadExport } from './load-export.js';
import type { FromThread, ThreadCall } from './thread-pool.js';

parentPort?.on('message', async ({ module, name, args }: ThreadCall) => {
  try {
    const called = await loadExport(module, name);
    parentPort!.postMessage({ kind: 'done', value: await called(args) } satisfies FromThread);
  } catch (error) {
    parentPort!.postMessage({ kind: 'failed', error: toCarried(error) } satisfies FromThread);
  }
});

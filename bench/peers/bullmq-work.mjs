/** `bullmq-work.mjs TASK`: one BullMQ worker; no-ops 50 at once on its event loop, work that computes in 2 threads. */
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';

const connection = new Redis(/** @type {string} */ (process.env.REDIS_URL), { maxRetriesPerRequest: null });
if (process.argv[2] === 'burn') {
  new Worker('default', new URL('./bullmq-burn.mjs', import.meta.url), {
    connection,
    concurrency: 2,
    useWorkerThreads: true,
  });
} else {
  new Worker('default', async () => ({}), { connection, concurrency: 50 });
}

/** `bullmq-produce.mjs TASK COUNT LOOPS`: adds jobs to BullMQ with nothing around it. */
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { whenTold } from './when-told.mjs';

const AT_ONCE = 1000;

const [task, count, loops] = /** @type {[string, string, string]} */ (process.argv.slice(2));
const connection = new Redis(/** @type {string} */ (process.env.REDIS_URL), { maxRetriesPerRequest: null });
const queue = new Queue('default', { connection });
await queue.waitUntilReady();
await whenTold(async () => {
  for (let first = 0; first < Number(count); first += AT_ONCE) {
    await queue.addBulk(
      Array.from({ length: Math.min(AT_ONCE, Number(count) - first) }, (_, i) => ({
        name: task,
        data: { n: first + i, loops: Number(loops) },
        opts: { attempts: 1, removeOnComplete: true },
      })),
    );
  }
});
await queue.close();
connection.disconnect();

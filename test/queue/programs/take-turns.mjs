/**
 * A process with jobs that want turns of one rate limit. Arguments: JSON {databaseUrl, redisUrl, stateDir, name, rate, jobs}.
 * Says {ready: true}, begins when it reads a line, and when it is told by another line to stop it says {letIn}: for each job
 * that was let in, when it asked and when it had the answer (epoch ms). It was let in between the two.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { createJiti } from 'jiti';

const jiti = createJiti(import.meta.url);
const { openDatabase } = await jiti.import('../../../src/database/database.ts');
const { queueTables } = await jiti.import('../../../src/queue/queue-tables.ts');
const { Queues } = await jiti.import('../../../src/queue/queues.ts');

const { databaseUrl, redisUrl, stateDir, name, rate, jobs } = JSON.parse(process.argv[2]);
const database = await openDatabase({ queueTables, url: databaseUrl, stateDir });
const queues = new Queues({ database, redisUrl, installation: async () => 'take-turns' });
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const commands = createInterface({ input: process.stdin });
const letIn = [];
let isOver = false;

await queues.limiter.look(name, rate);
say({ ready: true });
await once(commands, 'line');
const running = Promise.all(Array.from({ length: jobs }, () => takeAgainAndAgain()));
await once(commands, 'line');
isOver = true;
await running;
say({ letIn });
await queues.close();
await database.close();
process.exit(0);

/** As many jobs one after another as the limit lets in. */
async function takeAgainAndAgain() {
  let promised;
  while (!isOver) {
    const askedAt = Date.now();
    const turn = await queues.limiter.take(name, rate, promised);
    if (turn.ok) {
      letIn.push([askedAt, Date.now()]);
      promised = undefined;
      continue;
    }
    promised = turn.turnAtMs;
    await Promise.race([wait(Math.max(turn.retryAtMs - Date.now(), 1)), stopped()]);
  }
}

async function stopped() {
  while (!isOver) await wait(20);
}

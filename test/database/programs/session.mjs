/**
 * A process with the embedded database open. Takes one JSON command a line on stdin and answers one JSON line each:
 * {id, query: [text, params]}, {id, begin: true}, {id, tx: [text, params]}, {id, commit: true}, {id, rollback: true},
 * {id, write: {name, count}} (one line {ack} for every acknowledged insert), {id, close: true}.
 */
import { createInterface } from 'node:readline';
import { createJiti } from 'jiti';

const jiti = createJiti(import.meta.url);
const { openDatabase } = await jiti.import('../../../src/database/database.ts');
const { queueTables } = await jiti.import('../../../src/queue/queue-tables.ts');
const { DatabaseLostError } = await jiti.import('../../../src/database/database-lost-error.ts');

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const database = await openDatabase({ queueTables, stateDir: process.argv[2] });
database.onState((state) => say({ state }));
say({ ready: true });

let transaction;

createInterface({ input: process.stdin }).on('line', async (line) => {
  const command = JSON.parse(line);
  try {
    say({ id: command.id, value: (await run(command)) ?? null });
  } catch (error) {
    say({ id: command.id, error: { name: error.name, code: error.code, message: error.message } });
  }
  if (command.close) process.exit(0);
});

function run(command) {
  if (command.query) return database.query(...command.query);
  if (command.begin) return begin();
  if (command.tx) return transaction.tx.query(...command.tx);
  if (command.commit) return transaction.end(true);
  if (command.rollback) return transaction.end(false);
  if (command.write) return write(command.write);
  return database.close();
}

function begin() {
  return new Promise((resolve, reject) => {
    const done = database.transaction(
      (tx) =>
        new Promise((commit, rollback) => {
          transaction = {
            tx,
            end: async (isCommit) => {
              if (isCommit) commit();
              else rollback(new Error('rolled back on request'));
              await (isCommit ? done : done.catch(() => undefined));
            },
          };
          resolve();
        }),
    );
    done.catch(reject);
  });
}

/** Inserts `name:0` … one at a time; a statement lost under way is sent again, which changes nothing the second time. */
async function write({ name, count }) {
  let lost = 0;
  for (let i = 0; i < count; ) {
    try {
      await database.query('INSERT INTO public.note (key) VALUES ($1) ON CONFLICT DO NOTHING', [
        `${name}:${i}`,
      ]);
      say({ ack: `${name}:${i}` });
      i++;
    } catch (error) {
      if (!(error instanceof DatabaseLostError)) throw error;
      lost++;
    }
  }
  return { lost };
}

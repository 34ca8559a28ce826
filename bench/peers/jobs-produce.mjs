/** `jobs-produce.mjs plain|rows TASK COUNT LOOPS`: single jobs, or the rows of a file as one batch. Folder and backends: cwd, environment. */
import { writeFileSync } from 'node:fs';
import { openToolkit } from 'sluice';
import { whenTold } from './when-told.mjs';

const AT_ONCE = 1000;

const [kind, task, count, loops] = /** @type {[string, string, string, string]} */ (process.argv.slice(2));
/** @param {number} n */
const inputOf = (n) => ({ n, loops: Number(loops) });
const toolkit = await openToolkit();
if (kind === 'rows') {
  const lines = Array.from({ length: Number(count) }, (_, n) => `${JSON.stringify(inputOf(n))}\n`);
  writeFileSync('rows.ndjson', lines.join(''));
  await whenTold(() => toolkit.submit({ task, file: 'rows.ndjson' }));
} else {
  await whenTold(async () => {
    for (let first = 0; first < Number(count); first += AT_ONCE) {
      await Promise.all(
        Array.from({ length: Math.min(AT_ONCE, Number(count) - first) }, (_, i) =>
          toolkit.enqueue({ task, input: inputOf(first + i) }),
        ),
      );
    }
  });
}
await toolkit.close();

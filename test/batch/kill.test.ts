/**
 * `kill -9` of `jobs run` at random moments, then the same command again, until it ends by itself. The task keeps a
 * journal of what it ran; afterwards journal, ledger and outputs must agree.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeOnEachBackend } from '../helpers/backends.js';
import { runJobs, startJobs } from '../helpers/jobs.js';
import { collect, newProject } from '../helpers/project.js';

const KILLS = Number(process.env.KILLS ?? 20);
const ROWS = 400;
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

const JOURNAL = `
import { appendFileSync } from 'node:fs';
import { defineTask, FinalError } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'journal', version: 1, title: 'Writes a line for each run', attempts: 2, backoff: { type: 'fixed', delayMs: 5 },
  input: z.object({ n: z.number().max(390) }),
  options: z.object({ file: z.string() }),
  results: ['twice'],
  async run(ctx, { n }) {
    appendFileSync(ctx.options.file, ctx.row.number + ' ' + process.pid + '\\n');
    await new Promise((done) => setTimeout(done, 30));
    if (n % 50 === 0) throw new FinalError('fifty');
    return { twice: 2 * n };
  },
});
`;

describeOnEachBackend('a run that is killed', (backend) => {
  it(
    `loses no row, records none twice and adds up after ${KILLS} kills (SEED=${SEED})`,
    async () => {
      const project = newProject(backend, { journal: JOURNAL });
      const sheet = project.write(
        'rows.csv',
        `n\n${Array.from({ length: ROWS }, (_, i) => i + 1).join('\n')}\n`,
      );
      const journal = project.write('journal.txt', '');
      const args = ['run', 'journal', sheet, '--set', `file=${journal}`, '--concurrency', '4', '--json'];
      const random = randomOf(SEED);
      for (let kill = 0; kill < KILLS; kill++) {
        const child = startJobs(args, { cwd: backend.folder, env: backend.env });
        const timer = setTimeout(() => child.kill('SIGKILL'), 300 + random() * 1_500);
        await new Promise((ended) => child.once('exit', ended));
        clearTimeout(timer);
      }
      const last = await runJobs(args, { cwd: backend.folder, env: backend.env, timeoutMs: 120_000 });
      expect(last.exitCode, last.stderr).toBe(5);

      const toolkit = await project.open();
      try {
        const batches = await toolkit.batches({ limit: 100 });
        const first = batches.at(-1)!;
        expect(first.counts).toEqual({
          total: ROWS,
          completed: 383,
          failed: 7,
          invalid: 10,
          skipped: 0,
          cancelled: 0,
        });
        const rows = await collect(toolkit.rows(first.id));
        expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: ROWS }, (_, i) => i + 2));
        expect(
          rows
            .filter(({ state }) => state === 'completed')
            .every((row) => row.result!.twice === 2 * (row.number - 1)),
        ).toBe(true);
        expect(await countsOf(toolkit.db, first.id)).toEqual({ completed: 383, failed: 7, invalid: 10 });

        const ran = readFileSync(journal, 'utf8')
          .trim()
          .split('\n')
          .map((line) => Number(line.split(' ')[0]));
        const runsOfFirst = new Map<number, number>();
        for (const row of ran) runsOfFirst.set(row, (runsOfFirst.get(row) ?? 0) + 1);
        expect([...runsOfFirst.keys()].sort((a, b) => a - b)).toEqual(
          Array.from({ length: 390 }, (_, i) => i + 2),
        );
        const attempts = await attemptsByRow(toolkit.db);
        for (const [row, times] of runsOfFirst) {
          expect(
            attempts.get(row),
            `row ${row} ran ${times} times, and the ledger shows each`,
          ).toBeGreaterThanOrEqual(times);
        }
      } finally {
        await toolkit.close();
      }
    },
    (KILLS * 5 + 180) * 1000,
  );
});

function randomOf(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

interface Session {
  query<T>(text: string, params?: unknown[]): Promise<{ rows: T[] }>;
}

async function countsOf(db: Session, batchId: string): Promise<Record<string, number>> {
  const { rows } = await db.query<{ state: string; n: number }>(
    'select state, count(*)::int as n from sluice.row where batch_id = $1 group by state',
    [batchId],
  );
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}

/** Attempts over all batches: rows that failed are tried again by each run that follows the end. */
async function attemptsByRow(db: Session): Promise<Map<number, number>> {
  const { rows } = await db.query<{ number: number; n: number }>(
    'select r.number, count(*)::int as n from sluice.attempt a join sluice.row r on r.id = a.row_id group by r.number',
  );
  return new Map(rows.map(({ number, n }) => [number, n]));
}

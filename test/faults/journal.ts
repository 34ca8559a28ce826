/** A task that keeps a journal of what it ran, and the check that journal and ledger tell the same story. */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Toolkit } from '../../src/toolkit.js';

/** Writes `row attempt` when a row begins, takes `ms`, fails for good when n is a multiple of 50. */
export const JOURNAL = `
import { appendFileSync } from 'node:fs';
import { defineTask, FinalError } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'journal', version: 1, title: 'Writes a line for each run', attempts: 3, backoff: { type: 'fixed', delayMs: 5 },
  input: z.object({ n: z.number() }),
  options: z.object({ file: z.string(), ms: z.coerce.number().default(100) }),
  results: ['twice', 'once'],
  async run(ctx, { n }) {
    appendFileSync(ctx.options.file, ctx.row.number + ' ' + ctx.attempt + '\\n');
    await new Promise((done) => setTimeout(done, ctx.options.ms));
    if (n % 50 === 0) throw new FinalError('fifty');
    const once = await ctx.once('effect', () => n);
    await ctx.progress(1);
    return { twice: 2 * n, once };
  },
});
`;

export function sheetOf(rows: number): string {
  return `n\n${Array.from({ length: rows }, (_, i) => i + 1).join('\n')}\n`;
}

/** Row numbers in the order in which they began. */
export function journalOf(file: string): number[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  return text === '' ? [] : text.split('\n').map((line) => Number(line.split(' ')[0]));
}

export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  deadlineMs = 20_000,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await wait(25);
  }
}

/** Every row ended once and rightly, and each run of the journal is an attempt in the ledger. */
export async function expectAgreement(
  toolkit: Toolkit,
  batchId: string,
  file: string,
  rows: number,
): Promise<void> {
  const failed = Math.floor(rows / 50);
  const batch = await toolkit.batch(batchId);
  expect(batch.counts).toEqual({
    total: rows,
    completed: rows - failed,
    failed,
    invalid: 0,
    skipped: 0,
    cancelled: 0,
  });
  expect(batch.finishError).toBeNull();
  const { rows: states } = await toolkit.db.query<{ state: string; n: number }>(
    'select state, count(*)::int as n from sluice.row where batch_id = $1 group by state',
    [batchId],
  );
  const counted = Object.fromEntries(states.map(({ state, n }) => [state, n]));
  expect(counted).toEqual({ completed: rows - failed, ...(failed > 0 ? { failed } : {}) });
  const { rows: results } = await toolkit.db.query<{ wrong: number }>(
    `select count(*)::int as wrong from sluice.row where batch_id = $1 and state = 'completed'
       and (result->>'twice')::int <> 2 * (number - 1)`,
    [batchId],
  );
  expect(results[0]?.wrong).toBe(0);
  const runs = new Map<number, number>();
  for (const row of journalOf(file)) runs.set(row, (runs.get(row) ?? 0) + 1);
  expect([...runs.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, i) => i + 2));
  const { rows: attempts } = await toolkit.db.query<{ number: number; n: number }>(
    `select r.number, count(*)::int as n from sluice.attempt a join sluice.row r on r.id = a.row_id
     where r.batch_id = $1 group by r.number`,
    [batchId],
  );
  const recorded = new Map(attempts.map(({ number, n }) => [number, n]));
  for (const [row, times] of runs) {
    expect(
      recorded.get(row),
      `row ${row} ran ${times} times, and the ledger shows each`,
    ).toBeGreaterThanOrEqual(times);
  }
}

/** A task that says when it has begun and waits at a gate: tests see it waiting, running and ended, one after another. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Toolkit } from '../../src/toolkit.js';
import { until } from '../faults/journal.js';

/** Fails for good with n = 13; is tried again an hour later with n = 14; asks for a minute with n = 15. */
export const GATE = `
import { existsSync, writeFileSync } from 'node:fs';
import { defineTask, FinalError } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'gate', version: 1, title: 'Waits at a gate', queue: 'gates', attempts: 3,
  backoff: { type: 'exponential', delayMs: 3_600_000, jitter: 0.5 },
  input: z.object({ n: z.number(), gate: z.string().default('') }),
  results: ['double'],
  async run(ctx, { n, gate }) {
    ctx.log.info('began ' + n);
    if (n === 13) throw new FinalError('thirteen', { code: 'UNLUCKY', field: 'n' });
    if (n === 14) throw new Error('fourteen');
    if (n === 15) ctx.retryAfter(60_000, 'the server asked for a minute');
    if (gate !== '') {
      writeFileSync(gate + '.begun', '');
      while (!existsSync(gate) && !ctx.signal.aborted) await new Promise((done) => setTimeout(done, 20));
      ctx.signal.throwIfAborted();
    }
    await ctx.progress(1);
    ctx.log.warn('ended ' + n);
    return { double: 2 * n };
  },
});
`;

export const RATED = GATE.replace("name: 'gate'", "name: 'rated', rateLimit: '1/h'").replace(
  "queue: 'gates'",
  "queue: 'rated'",
);

export const UNIQUE = GATE.replace("name: 'gate'", "name: 'only', unique: {}").replace(
  "queue: 'gates'",
  "queue: 'only'",
);

/** A gate of its own for each call. */
export function newGate(folder: string, name: string): { path: string; open: () => void } {
  const file = path.join(folder, `${name}-${Math.random().toString(36).slice(2)}.gate`);
  return { path: file, open: () => writeFileSync(file, '') };
}

export async function untilState(toolkit: Toolkit, id: string, state: string): Promise<void> {
  await until(`${id} is ${state}`, async () => (await toolkit.jobs.why(id)).state === state);
}

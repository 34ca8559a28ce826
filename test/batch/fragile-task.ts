/** A task whose outcome is what a file says at the time it runs: `ok`, `down` (an error), `other` (another one). */
import type { TestProject } from '../helpers/project.js';

export const FRAGILE = `
import { readFileSync, appendFileSync } from 'node:fs';
import { defineTask, FinalError } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'fragile', version: 1, title: 'Fails while its switch says so', queue: 'fragile', attempts: 1,
  input: z.object({ n: z.number().max(1000), note: z.string().optional() }),
  options: z.object({ folder: z.string() }),
  results: ['twice'],
  async run(ctx, { n }) {
    appendFileSync(ctx.options.folder + '/journal.txt', (ctx.row?.number ?? ctx.job.id) + ' ' + ctx.job.queue + '\\n');
    const says = readFileSync(ctx.options.folder + '/switch.txt', 'utf8');
    if (says === 'down' && n >= 10) throw new FinalError('upstream answered 503 to ' + n, { code: 'DOWN', field: 'n' });
    if (says === 'other' && n >= 10) throw new FinalError('the answer is no JSON', { code: 'GARBLED' });
    return { twice: 2 * n };
  },
  async finish(ctx, rows) {
    let sum = 0;
    for await (const row of rows) if (row.state === 'completed') sum += row.result.twice;
    await ctx.artifact({ name: 'sum.json', kind: 'json', content: JSON.stringify({ sum }) });
  },
});
`;

export type Switch = 'ok' | 'down' | 'other';

export function setSwitch(project: TestProject, to: Switch): void {
  project.write('switch.txt', to);
}

/** A sheet whose row `number` has `n = number`; rows from 10 on fail while the switch is not `ok`. */
export function numberSheet(project: TestProject, name: string, numbers: readonly number[]): string {
  return project.write(name, `n,note\n${numbers.map((n) => `${n},`).join('\n')}\n`);
}

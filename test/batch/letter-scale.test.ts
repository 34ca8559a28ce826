/** A hundred thousand dead letters on PostgreSQL: what a person asks first must answer at once. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Toolkit } from '../../src/toolkit.js';
import { describeOnBackend } from '../helpers/backends.js';
import { addLetters } from '../helpers/letters.js';
import { collect, newProject } from '../helpers/project.js';

const LETTERS = 100_000;

describeOnBackend('postgres', `${LETTERS} dead letters`, (backend) => {
  let toolkit: Toolkit;
  beforeAll(async () => {
    toolkit = await newProject(backend, {}).open();
    await addLetters(toolkit.db, LETTERS);
    await toolkit.db.query('analyze sluice.dead_letter');
  });
  afterAll(() => toolkit?.close());

  it('are grouped in less than two seconds', async () => {
    const took = await timed(() => toolkit.deadLetters.groups({}));
    expect(took.value.map(({ count }) => count)).toEqual([20_000, 20_000, 20_000, 20_000, 20_000]);
    console.log(`grouped in ${Math.round(took.ms)} ms`);
    expect(took.ms).toBeLessThan(2_000);
  });

  it('show their first page without reading the others', async () => {
    const took = await timed(() => collect(toolkit.deadLetters.select({ limit: 100 })));
    expect(took.value.flat()).toHaveLength(100);
    console.log(`a page in ${Math.round(took.ms)} ms`);
    const { rows } = await toolkit.db.query<{ 'QUERY PLAN': string }>(
      `explain select id from sluice.dead_letter l where l.state = 'open' order by l.failed_at desc, l.id desc limit 100`,
    );
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/Index.*dead_letter_open/);
  });
});

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const began = performance.now();
  const value = await work();
  return { value, ms: performance.now() - began };
}

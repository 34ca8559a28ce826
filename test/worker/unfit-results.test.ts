/** One task's unfit result is that row's own affair: the rows recorded together with it are untouched. */
import { expect, it } from 'vitest';
import { describeOnEachBackend } from '../helpers/backends.js';
import { collect, newProject, request, runToEnd } from '../helpers/project.js';

const UNFIT = `
import { defineTask, FinalError } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'unfit', version: 1, title: 'Returns what JSON cannot hold', attempts: 1,
  input: z.object({ what: z.string() }),
  results: ['value'],
  run(ctx, { what }) {
    const self = {}; self.self = self;
    const values = { bigint: 1n, symbol: Symbol('x'), self, nul: 'a\\u0000b', half: '\\ud83d', nan: NaN, date: new Date(0), nothing: undefined };
    if (what === 'message') throw new FinalError('\\ud83d\\u0000', { details: { result: { value: 1n } } });
    return { value: what in values ? values[what] : what };
  },
});
`;

describeOnEachBackend('results that the ledger cannot hold', (backend) => {
  it('fail their row with a reason, or are mended, and spoil no other', async () => {
    const project = newProject(backend, { unfit: UNFIT });
    const whats = [
      'bigint',
      'symbol',
      'self',
      'message',
      'nul',
      'half',
      'nan',
      'date',
      'nothing',
      ...'abcdefgh',
    ];
    const sheet = project.write('rows.csv', `what\n${whats.join('\n')}\n`);
    const toolkit = await project.open();
    try {
      const id = await runToEnd(toolkit, request('unfit', sheet), { concurrency: 20, deadlineMs: 20_000 });
      const rows = await collect(toolkit.rows(id));
      const told = Object.fromEntries(rows.map((row, i) => [whats[i], row.reason ?? row.result!.value]));
      expect(told).toMatchObject({
        bigint: 'what task unfit returned.value is a bigint, which JSON cannot hold',
        symbol: 'what task unfit returned.value is a symbol, which JSON cannot hold',
        self: 'the result holds itself, which JSON cannot',
        message: '\ufffd\ufffd',
        nul: 'a\ufffdb',
        half: '\ufffd',
        nan: null,
        date: '1970-01-01T00:00:00.000Z',
        a: 'a',
        h: 'h',
      });
      expect((await toolkit.batch(id)).counts).toMatchObject({ completed: 13, failed: 4 });
    } finally {
      await toolkit.close();
    }
  });
});

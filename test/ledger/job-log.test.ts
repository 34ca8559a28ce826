import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/database/database.js';
import { JobLog, MOST_LINES, readJobLog } from '../../src/ledger/job-log.js';
import { queueTables } from '../../src/queue/queue-tables.js';
import { until } from '../faults/journal.js';
import { describeOnEachBackend } from '../helpers/backends.js';

describeOnEachBackend('the log of a job', (backend) => {
  let db: Database;
  const troubles: string[] = [];
  const newLog = () => new JobLog(db, { onTrouble: (message) => troubles.push(message) });

  beforeAll(async () => {
    db = await openDatabase({ queueTables, url: backend.databaseUrl, stateDir: backend.folder });
  });
  afterAll(async () => {
    await db.close();
    expect(troubles).toEqual([]);
  });

  const messages = async (id: string) => (await readJobLog(db, id)).map(({ message }) => message);

  it('keeps lines in the order in which they were said, each with its level and time', async () => {
    const log = newLog();
    const before = Date.now();
    log.write('j_order', 'info', 'first');
    log.write('j_other', 'info', 'of another job');
    log.write('j_order', 'warn', 'second');
    await log.close();
    const lines = await readJobLog(db, 'j_order');
    expect(lines).toMatchObject([
      { level: 'info', message: 'first' },
      { level: 'warn', message: 'second' },
    ]);
    expect(Date.parse(lines[0]!.at)).toBeGreaterThanOrEqual(before);
    expect(await readJobLog(db, 'j_order', { after: lines[0]!.id })).toEqual([lines[1]]);
  });

  it('writes a line within a second, without being closed', async () => {
    const log = newLog();
    log.write('j_soon', 'info', 'said');
    await until('the line is there', async () => (await messages('j_soon')).length === 1, 1_000);
    await log.close();
  });

  it('keeps a thousand lines of a job, whichever workers ran it, and says that there are no more', async () => {
    const first = newLog();
    for (let n = 1; n <= 700; n++) first.write('j_long', 'info', `line ${n}`);
    await first.close();
    const second = newLog();
    for (let n = 701; n <= 5_000; n++) second.write('j_long', 'info', `line ${n}`);
    await second.close();
    const third = newLog();
    third.write('j_long', 'info', 'once more');
    await third.close();
    const lines = await messages('j_long');
    expect(lines).toHaveLength(MOST_LINES + 1);
    expect(lines.slice(0, MOST_LINES)).toEqual(Array.from({ length: MOST_LINES }, (_, n) => `line ${n + 1}`));
    expect(lines.at(-1)).toMatch(/no more lines of this job are kept; it wrote 1,000/);
  });

  it('keeps what no database likes, shortened when it is long', async () => {
    const log = newLog();
    log.write('j_odd', 'info', 'nul \u0000 and half \ud800 a character');
    log.write('j_odd', 'info', `${'x'.repeat(3_999)}\u{1f600}tail`);
    await log.close();
    const [odd, long] = await messages('j_odd');
    expect(odd).toBe('nul \ufffd and half \ufffd a character');
    expect(long).toMatch(/^x{3999}\ufffd…$/);
  });
});

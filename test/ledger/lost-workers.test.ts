/** Workers that were killed: the ledger tells of their end, once, whoever looks. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  recordHeartbeat,
  recordWorkerStart,
  recordWorkerStop,
  tellLostWorkers,
} from '../../src/ledger/workers.js';
import type { Toolkit } from '../../src/toolkit.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { newProject } from '../helpers/project.js';

describeOnEachBackend('the end of a worker that was killed', (backend) => {
  let toolkit: Toolkit;
  beforeAll(async () => {
    toolkit = await newProject(backend, {}).open();
    for (const id of ['w_killed', 'w_stopped', 'w_alive', 'w_forgotten'])
      await recordWorkerStart(toolkit.db, { id, host: 'here', pid: 1, versions: {}, slots: { default: 1 } });
    await recordWorkerStop(toolkit.db, 'w_stopped');
    await age('w_killed', '2 minutes');
    await age('w_stopped', '2 minutes');
    await age('w_forgotten', '2 hours');
  });
  afterAll(() => toolkit?.close());

  const age = (id: string, by: string) =>
    toolkit.db.query(`update sluice.worker set heartbeat_at = now() - interval '${by}' where id = $1`, [id]);
  const told = async () =>
    (
      await toolkit.db.query<{ worker: string; message: string }>(
        "select worker, message from sluice.event where type = 'worker-down'",
      )
    ).rows;

  it('is told once, however many look at once', async () => {
    await Promise.all([1, 2, 3].map(() => tellLostWorkers(toolkit.db)));
    await tellLostWorkers(toolkit.db);
    expect(await told()).toEqual([
      {
        worker: 'w_killed',
        message: expect.stringMatching(/^lost: nothing was heard of it since \d{4}-.*Z$/),
      },
    ]);
  });

  it('is told again when it came back and was lost again', async () => {
    const report = { state: 'running', slots: {}, running: 0, jobs: [], rssBytes: 0, tasks: {} } as const;
    await recordHeartbeat(toolkit.db, 'w_killed', { ...report, jobs: [] });
    await toolkit.db.query("update sluice.event set at = at - interval '10 minutes'");
    await age('w_killed', '2 minutes');
    await tellLostWorkers(toolkit.db);
    expect(await told()).toHaveLength(2);
  });
});

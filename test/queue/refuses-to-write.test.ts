import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Harmable, newHarmableRedis } from '../conformance/harmable.js';
import { describeOnBackend } from '../helpers/backends.js';
import { runJobs } from '../helpers/jobs.js';
import { newProject } from '../helpers/project.js';

describeOnBackend('redis', 'jobs enqueue', (backend) => {
  let redis: Harmable;
  beforeAll(async () => {
    redis = await newHarmableRedis();
  });
  afterAll(() => redis?.remove());

  it('ends with 4 and says why when Redis has no memory left, and ends well when it has', async () => {
    newProject(backend, {});
    const options = { cwd: backend.folder, env: { ...backend.env, REDIS_URL: redis.url } };
    await redis.exhaust();
    const { exitCode, stdout, stderr } = await runJobs(['enqueue', 'noop', 'count:=1'], options);
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
    expect(stderr).toMatch(/the queue at redis:.* refuses to write: OOM/);
    expect(stderr).toMatch(/more memory/);
    await redis.relieve();
    expect(await runJobs(['enqueue', 'noop', 'count:=1'], options)).toMatchObject({ exitCode: 0 });
  }, 60_000);
});

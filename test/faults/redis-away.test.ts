import { afterAll, beforeAll } from 'vitest';
import { describeOnBackend } from '../helpers/backends.js';
import { expectToSurvive, FAULTS, itSurvives } from './going-away.js';
import { newRedis, type PrivateServer } from './private-servers.js';

describeOnBackend('redis', 'a run whose Redis', (backend) => {
  let redis: PrivateServer;
  beforeAll(async () => {
    redis = await newRedis();
    await redis.start();
  });
  afterAll(() => redis?.remove());

  for (const fault of FAULTS) {
    itSurvives(`${fault.title} goes on, and its counts add up`, () =>
      expectToSurvive(
        backend,
        { DATABASE_URL: backend.databaseUrl!, REDIS_URL: redis.url },
        {
          ...fault,
          server: redis,
          ...(fault.end === undefined
            ? {}
            : {
                says: {
                  down: /Redis at .*(went away|not answer)/,
                  up: /Redis at .* (is back|answers again)/,
                },
              }),
        },
      ),
    );
  }
});

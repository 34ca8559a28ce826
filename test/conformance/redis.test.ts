import { afterAll, beforeAll } from 'vitest';
import { describeOnBackend } from '../helpers/backends.js';
import { type Harmable, newHarmableRedis } from './harmable.js';
import { itKeepsItsPromisesUnder } from './small.js';

describeOnBackend('redis', 'the engine', (backend) => {
  let redis: Harmable;
  beforeAll(async () => {
    redis = await newHarmableRedis();
  });
  afterAll(() => redis?.remove());

  itKeepsItsPromisesUnder(['finish-killed', 'replay-during-load'], () => ({
    target: { databaseUrl: backend.databaseUrl!, redisUrl: redis.url },
    servers: { redis },
  }));
});

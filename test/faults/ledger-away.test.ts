import { afterAll, beforeAll } from 'vitest';
import { describeOnBackend } from '../helpers/backends.js';
import { expectToSurvive, FAULTS, itSurvives } from './going-away.js';
import { newPostgres, type PrivateServer } from './private-servers.js';

describeOnBackend('redis', 'a run with its jobs in Redis whose PostgreSQL', (backend) => {
  let postgres: PrivateServer;
  beforeAll(async () => {
    postgres = await newPostgres();
    await postgres.start();
  });
  afterAll(() => postgres?.remove());

  for (const fault of FAULTS) {
    itSurvives(`${fault.title} goes on, and its counts add up`, () => {
      const says = {
        down: /postgres:.*(cannot be reached|not answer)/,
        up: /postgres:.* (is back|answers again)/,
      };
      const spoken = fault.end === undefined ? {} : { says };
      const env = { DATABASE_URL: postgres.url, REDIS_URL: backend.redisUrl! };
      return expectToSurvive(backend, env, { ...fault, ...spoken, server: postgres });
    });
  }
});

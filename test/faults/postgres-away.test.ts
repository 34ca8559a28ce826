import { afterAll, beforeAll } from 'vitest';
import { describeOnBackend } from '../helpers/backends.js';
import { expectToSurvive, FAULTS, itSurvives } from './going-away.js';
import { newPostgres, type PrivateServer } from './private-servers.js';

describeOnBackend('postgres', 'a run whose PostgreSQL', (backend) => {
  let postgres: PrivateServer;
  beforeAll(async () => {
    postgres = await newPostgres();
    await postgres.start();
  });
  afterAll(() => postgres?.remove());

  for (const fault of FAULTS) {
    itSurvives(`${fault.title} goes on, and its counts add up`, () =>
      expectToSurvive(
        backend,
        { DATABASE_URL: postgres.url },
        {
          ...fault,
          server: postgres,
          ...(fault.end === undefined
            ? {}
            : {
                says: {
                  down: /postgres:.*(cannot be reached|not answer)/,
                  up: /postgres:.* (is back|answers again)/,
                },
              }),
        },
      ),
    );
  }
});

import { afterAll, beforeAll } from 'vitest';
import { describeOnBackend } from '../helpers/backends.js';
import { type Harmable, newHarmablePostgres } from './harmable.js';
import { itKeepsItsPromisesUnder } from './small.js';

describeOnBackend('postgres', 'the engine', () => {
  let postgres: Harmable;
  beforeAll(async () => {
    postgres = await newHarmablePostgres();
  });
  afterAll(() => postgres?.remove());

  itKeepsItsPromisesUnder(['frozen-past-lease', 'cancel-during-run'], () => ({
    target: { databaseUrl: postgres.url },
    servers: { postgres },
  }));
});

import { describe, expect, it } from 'vitest';
import { BackendError } from '../../src/core/error.js';
import { poolForBullMq } from '../../src/queue/pool.js';
import { describeTrouble } from '../../src/queue/trouble.js';

const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
const cut = new Error('Connection terminated unexpectedly');
const lost = new BackendError('the connection to the database was lost', { code: 'DATABASE_LOST' });

describe('an error of the queue', () => {
  it.each([
    refused,
    cut,
    lost,
    new Error('Connection is closed.'),
  ])('is not told when it is of the connection: %s', (error) => {
    expect(describeTrouble('reports', error)).toBeUndefined();
  });

  it('is one sentence for every job whose lease ran out', () => {
    const told = [
      'could not renew lock for job b_1-2',
      'Missing lock for job b_1-3. moveToFinished',
      'Job b_1-4 is not in the active state. moveToFinished',
    ].map((message) => describeTrouble('reports', new Error(message)));
    expect(new Set(told).size).toBe(1);
    expect(told[0]).toMatch(/^queue reports: a lease ran out/);
  });

  it('is told as it is when it is anything else', () => {
    expect(describeTrouble('reports', new Error('out of order'))).toBe('queue reports: out of order');
  });
});

describe('the pool as BullMQ sees it', () => {
  const failing = (error: Error) =>
    poolForBullMq({ query: () => Promise.reject(error), connect: () => Promise.reject(error) } as never);

  it.each([cut, lost])('gives a lost connection the code that BullMQ waits for: %s', async (error) => {
    await expect(failing(error).query('select 1')).rejects.toMatchObject({
      code: 'ECONNREFUSED',
      cause: error,
    });
    await expect(failing(error).connect()).rejects.toMatchObject({ code: 'ECONNREFUSED', cause: error });
  });

  it('leaves the error of a statement as it is', async () => {
    const error = Object.assign(new Error('duplicate key'), { code: '23505' });
    await expect(failing(error).query('insert')).rejects.toBe(error);
  });
});

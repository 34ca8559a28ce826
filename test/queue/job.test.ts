import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/error.js';
import { type NewJob, rowJobId, rowOfJobId, toEntry } from '../../src/queue/job.js';

const NOW_MS = 1_700_000_000_000;

describe('what the queue stores of a job', () => {
  it('is its data as JSON, and of its options only what BullMQ does not assume', () => {
    const { job, jobId } = toEntry(plain('j_1'), NOW_MS);
    expect(jobId).toBe('j_1');
    expect(JSON.parse(job.data)).toEqual(plain('j_1').data);
    expect(job.opts).toEqual({ attempts: 3, priority: 1 });
    expect(job.timestamp).toBe(NOW_MS);
  });

  it('says when it is to be delayed, and that the job of a batch goes when it is done', () => {
    const finish: NewJob = {
      ...plain('b_1-finish-1'),
      delayMs: 500,
      data: { kind: 'finish', batch: 'b_1', requestId: 'r' },
    };
    expect(toEntry(finish, NOW_MS).job.opts).toEqual({
      attempts: 3,
      priority: 1,
      delay: 500,
      removeOnComplete: true,
    });
  });

  it('says what it is equal by, and for how long', () => {
    const open: NewJob = { ...plain('j_1'), unique: { key: 'k', forMs: undefined, latestWins: true } };
    expect(toEntry(open, NOW_MS).job).toMatchObject({
      opts: { deduplication: { id: 'k' } },
      deduplicationId: 'k',
    });
    const timed: NewJob = { ...plain('j_1'), unique: { key: 'k', forMs: 900, latestWins: false } };
    expect(toEntry(timed, NOW_MS).job.opts.deduplication).toEqual({ id: 'k', ttl: 900 });
  });

  it('tells of an id which row of which batch it is of', () => {
    expect(rowOfJobId(rowJobId('b_1', 17))).toEqual({ batchId: 'b_1', number: 17 });
    expect(rowOfJobId('j_1')).toBeUndefined();
  });

  it.each([
    '7',
    '007',
    'a:b',
    'a:b:c',
  ])('refuses a plain job of the id %s, which BullMQ keeps for itself', (id) => {
    expect(() => toEntry(plain(id), NOW_MS)).toThrow(UsageError);
    expect(() => toEntry(plain(id), NOW_MS)).toThrow(`"${id}" cannot be the id of a job`);
  });

  it.each(['7a', 'order-7', 'j_7'])('takes the id %s', (id) => {
    expect(toEntry(plain(id), NOW_MS).jobId).toBe(id);
  });
});

function plain(id: string): NewJob {
  return {
    id,
    task: 'noop',
    attempts: 3,
    priority: 1,
    data: { kind: 'job', input: { n: 1 }, options: {}, prepared: null, requestId: id },
  };
}

/** A true history of a small run, for the checker's tests to make false. */
import type { History, JournalLine } from '../../src/conformance/history.js';

export const BATCH = 'b_story';

/** Ten rows of one batch and one job of its own: row 10 (n = 10) fails for good, row 4 lost a lease, row 6 was retried. */
export function trueStory(): History {
  const journal: JournalLine[] = [];
  const rows = Array.from({ length: 10 }, (_, index) => index + 1);
  const say = (event: JournalLine['event'], job: string, attempt: number): void => {
    journal.push({ atMs: journal.length * 10, event, job, attempt, run: `${job}/${attempt}`, pid: attempt });
  };
  const run = (job: string, attempt: number): void => {
    for (const event of ['begin', 'effect', 'effect-recorded', 'end'] as const) say(event, job, attempt);
  };
  const attempts: History['ledger']['attempts'] = [];
  const jobs: History['ledger']['jobs'] = [];
  for (const n of rows) {
    const job = `${BATCH}-${n + 1}`;
    const isFailing = n === 10;
    const earlier = n === 4 ? 'lost' : n === 6 ? 'failed' : undefined;
    if (earlier !== undefined) {
      say('begin', job, 1);
      if (earlier === 'failed') say('fail', job, 1);
      attempts.push({ job, number: 1, outcome: earlier });
    }
    const attempt = earlier === undefined ? 1 : 2;
    if (isFailing) {
      say('begin', job, 1);
      say('fail', job, 1);
    } else run(job, attempt);
    attempts.push({ job, number: attempt, outcome: isFailing ? 'failed' : 'completed' });
    jobs.push({
      job,
      batch: BATCH,
      state: isFailing ? 'failed' : 'completed',
      attempts: attempt,
      result: isFailing ? null : { n, run: `${job}/${attempt}`, attempt, once: `${job}/${attempt}` },
      message: isFailing ? 'fails for good' : null,
    });
  }
  run('plain-1', 1);
  const result = { n: 77, run: 'plain-1/1', attempt: 1, once: 'plain-1/1' };
  jobs.push({ job: 'plain-1', batch: null, state: 'completed', attempts: null, result, message: null });
  return {
    acknowledged: { batches: [{ id: BATCH, firstN: 1, rows: 10 }], jobs: [{ id: 'plain-1', n: 77 }] },
    journal,
    operators: [],
    windows: [],
    failEvery: 10,
    artifacts: ['first.txt'],
    queueForgets: false,
    ledger: {
      batches: [
        {
          id: BATCH,
          state: 'finished',
          counts: { total: 10, completed: 9, failed: 1, invalid: 0, skipped: 0, cancelled: 0 },
          finishRuns: 1,
          finishError: null,
          artifacts: ['first.txt'],
        },
      ],
      jobs,
      attempts,
      letters: [{ job: `${BATCH}-11`, state: 'open', attempts: 1 }],
      audit: [],
    },
    queue: { waiting: 0, active: 0, delayed: 0, prioritized: 0, waitingChildren: 0, completed: 1, failed: 1 },
  };
}

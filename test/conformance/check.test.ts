/** The checker believes nobody: a history that was doctored in one place is complained of. */
import { describe, expect, it } from 'vitest';
import { check, recoveryMs } from '../../src/conformance/check.js';
import type { History, JournalLine } from '../../src/conformance/history.js';
import { BATCH, trueStory } from './story.js';

const row = (number: number) => `${BATCH}-${number}`;

/** A true story, told falsely. */
function told(change: (history: History) => void): History {
  const history = trueStory();
  change(history);
  return history;
}

function jobOf(history: History, id: string) {
  return history.ledger.jobs.find(({ job }) => job === id)!;
}

function addRun(history: History, job: string, events: JournalLine['event'][], run: string): void {
  const atMs = history.journal.at(-1)!.atMs;
  for (const [index, event] of events.entries()) {
    history.journal.push({ atMs: atMs + 10 * (index + 1), event, job, attempt: 9, run, pid: 9 });
  }
}

describe('a true history', () => {
  it('has nothing to complain of, and the lost lease is a second run', () => {
    expect(check(trueStory())).toEqual({
      jobs: 11,
      lost: 0,
      ranTwice: 1,
      leasesLost: 1,
      stuck: 0,
      recoveryMs: null,
      complaints: [],
    });
  });
});

describe('a doctored history', () => {
  const lies: [title: string, change: (history: History) => void, complaint: RegExp][] = [
    [
      'a row that is gone from the ledger',
      ({ ledger }) => void ledger.jobs.splice(2, 1),
      /-4 was acknowledged and is nowhere/,
    ],
    [
      'a batch that is gone from the ledger',
      (history) => {
        history.ledger.batches = [];
        history.ledger.jobs = history.ledger.jobs.filter(({ batch }) => batch === null);
      },
      /was acknowledged and is nowhere/,
    ],
    [
      'a single job that is gone from the queue',
      ({ ledger }) => void ledger.jobs.pop(),
      /plain-1 was acknowledged and is nowhere/,
    ],
    [
      'a row that is said to have completed and never came to its end',
      (history) => {
        history.journal = history.journal.filter(({ job, event }) => job !== row(3) || event !== 'end');
      },
      /-3 completed, but no run of it came to its end/,
    ],
    [
      'a run that no attempt shows',
      (history) => addRun(history, row(3), ['begin', 'end'], 'ghost'),
      /-3 ran 2 times, and the ledger shows 1 attempts/,
    ],
    [
      'a second run of a single job that no attempt shows',
      (history) => addRun(history, 'plain-1', ['begin', 'end'], 'ghost'),
      /plain-1 ran 2 times, and the ledger shows 1 attempts/,
    ],
    [
      'a second run whose lease was not lost',
      (history) => {
        addRun(history, row(3), ['begin', 'end'], 'ghost');
        history.ledger.attempts.push(
          { job: row(3), number: 2, outcome: 'deferred' },
          { job: row(2), number: 7, outcome: 'lost' },
        );
        history.ledger.attempts.find(({ job, outcome }) => job === row(3) && outcome === 'completed')!.job =
          row(2);
        history.ledger.attempts.push({ job: row(3), number: 3, outcome: 'unheard-of' });
      },
      /-3 ran 1 times too often, and the ledger shows 0 lost leases/,
    ],
    [
      'an old attempt that has won',
      (history) => {
        jobOf(history, row(5)).result!.run = `${row(5)}/1`;
        history.journal.find(({ job, event }) => job === row(5) && event === 'end')!.attempt = 1;
        history.journal.find(({ job, event }) => job === row(5) && event === 'end')!.run = `${row(5)}/1`;
      },
      /-5 has the result of attempt 1, though attempt 2 came after it/,
    ],
    [
      'the result of another row',
      (history) => {
        jobOf(history, row(3)).result!.n = 7;
      },
      /-3 has the result of another row/,
    ],
    [
      'an effect that was done again after it was recorded',
      (history) => {
        addRun(history, row(3), ['begin', 'effect'], 'again');
        history.ledger.attempts.push({ job: row(3), number: 2, outcome: 'lost' });
      },
      /-3 did its effect again after it was recorded/,
    ],
    [
      'the value of an effect that nobody did',
      (history) => {
        jobOf(history, row(3)).result!.once = 'out of thin air';
      },
      /-3 has the value of an effect that nobody did/,
    ],
    [
      'a failure that should have been a success',
      (history) => {
        history.failEvery = null;
      },
      /-11 failed, expected completed/,
    ],
    [
      'a success that should have been a failure',
      (history) => {
        history.failEvery = 5;
      },
      /-6 completed, expected failed/,
    ],
    [
      'a cancellation that nobody asked for',
      (history) => {
        jobOf(history, row(3)).state = 'cancelled';
      },
      /-3 is cancelled, and nobody cancelled it/,
    ],
    [
      'counts that do not make the total',
      ({ ledger }) => {
        ledger.batches[0]!.counts.completed -= 1;
      },
      /its counts make 9, its total is 10/,
    ],
    [
      'counts that are not those of the rows',
      ({ ledger }) => {
        ledger.batches[0]!.counts.completed -= 1;
        ledger.batches[0]!.counts.skipped += 1;
      },
      /counts 8 completed, and 9 rows are/,
    ],
    [
      'a row more than its file has',
      ({ ledger }) => {
        ledger.jobs.push({ ...ledger.jobs[0]!, job: row(99) });
        ledger.batches[0]!.counts.total += 1;
        ledger.batches[0]!.counts.completed += 1;
      },
      /its file has 10 rows, the ledger 11/,
    ],
    [
      'a batch that has not ended',
      ({ ledger }) => {
        ledger.batches[0]!.state = 'finishing';
      },
      /b_story is finishing/,
    ],
    [
      'a finish that failed',
      ({ ledger }) => {
        ledger.batches[0]!.finishError = 'broken';
      },
      /did not finish well/,
    ],
    [
      'a finish that left something out',
      ({ ledger }) => {
        ledger.batches[0]!.artifacts = [];
      },
      /finished without first.txt/,
    ],
    [
      'a failure with no dead letter',
      ({ ledger }) => {
        ledger.letters = [];
      },
      /-11 failed and has no dead letter/,
    ],
    [
      'a dead letter of a job that did not fail',
      ({ ledger }) => void ledger.letters.push({ job: row(3), state: 'open', attempts: 1 }),
      /-3 has a dead letter and is completed/,
    ],
    [
      'a dead letter that counts other attempts',
      ({ ledger }) => {
        ledger.letters[0]!.attempts = 3;
      },
      /its dead letter counts 3 attempts, its row 1/,
    ],
    [
      'a job that is still in the queue',
      ({ queue }) => {
        queue.active = 1;
      },
      /still has 1 jobs active/,
    ],
    [
      'a failed job that is not in the queue',
      ({ queue }) => {
        queue.failed = 0;
      },
      /0 failed jobs, the ledger 1 dead letters/,
    ],
    [
      'a replay that the audit does not know',
      (history) => history.operators.push({ kind: 'replay', ids: [], count: 3, atMs: 0 }),
      /replay: 3 were done, and the audit counts 0/,
    ],
    [
      'a cancellation that the audit does not know',
      (history) => history.operators.push({ kind: 'cancel-jobs', ids: [row(9)], count: 1, atMs: 0 }),
      /cancel-jobs: 1 were done, and the audit counts 0/,
    ],
    [
      'an entry of the audit that nobody is behind',
      ({ ledger }) => void ledger.audit.push({ action: 'batch cancel', count: 4 }),
      /cancel-batch: 0 were done, and the audit counts 4/,
    ],
    [
      'a replay that left its letters as they were',
      (history) => {
        history.operators.push({ kind: 'replay', ids: [], count: 3, atMs: 0 });
        history.ledger.audit.push({ action: 'dlq replay', count: 3 });
      },
      /3 dead letters were replayed, and the ledger shows 0/,
    ],
    [
      'a cancelled job that was begun long after',
      (history) => {
        jobOf(history, row(3)).state = 'cancelled';
        history.operators.push({ kind: 'cancel-jobs', ids: [row(3)], count: 1, atMs: -60_000 });
      },
      /-3 began \d+ ms after it was cancelled/,
    ],
  ];

  it.each(lies)('is found out: %s', (_title, change, complaint) => {
    expect(check(told(change)).complaints.join('\n')).toMatch(complaint);
  });

  it('may miss failed jobs in a queue that threw keys away, and never finds more than there are letters', () => {
    const forgetful = (failed: number) =>
      check(
        told((history) => {
          history.queueForgets = true;
          history.queue.failed = failed;
        }),
      ).complaints;
    expect(forgetful(0)).toEqual([]);
    expect(forgetful(2)).toEqual(['the queue has 2 failed jobs, the ledger 1 dead letters']);
  });

  it('counts what is lost and what is stuck', () => {
    const { lost, stuck } = check(
      told((history) => {
        history.ledger.jobs.splice(0, 2);
        jobOf(history, row(5)).state = 'processing';
      }),
    );
    expect({ lost, stuck }).toEqual({ lost: 2, stuck: 1 });
  });

  it('says how many complaints it does not print', () => {
    const { complaints } = check(
      told(({ ledger, acknowledged }) => {
        acknowledged.batches[0]!.rows = 60;
        ledger.batches[0]!.counts.total = 60;
      }),
    );
    expect(complaints).toHaveLength(21);
    expect(complaints.at(-1)).toMatch(/^and \d+ more$/);
  });
});

describe('the time of recovery', () => {
  const line = (atMs: number, event: JournalLine['event'], job: string, run: string): JournalLine => ({
    atMs,
    event,
    job,
    run,
    attempt: 1,
    pid: 1,
  });

  it('is that of the last job that the fault cut off', () => {
    const journal = [
      line(0, 'begin', 'a', 'a1'),
      line(0, 'begin', 'b', 'b1'),
      line(300, 'begin', 'c', 'c1'),
      line(310, 'end', 'c', 'c1'),
      line(400, 'end', 'a', 'a2'),
      line(900, 'end', 'b', 'b2'),
      line(2_000, 'begin', 'd', 'd1'),
      line(2_500, 'end', 'd', 'd1'),
    ];
    expect(recoveryMs({ journal, windows: [{ beganMs: 100, endedMs: 200 }] })).toBe(700);
  });

  it('is that of the next job when it cut off none, and of a kill by the task itself', () => {
    const journal = [line(0, 'begin', 'a', 'a1'), line(500, 'end', 'a', 'a1')];
    expect(recoveryMs({ journal, windows: [{ beganMs: 100, endedMs: 200 }] })).toBe(300);
    const struck = [line(0, 'begin', 'a', 'a1'), line(50, 'strike', 'a', 'a1'), line(450, 'end', 'a', 'a2')];
    expect(recoveryMs({ journal: struck, windows: [] })).toBe(400);
  });
});

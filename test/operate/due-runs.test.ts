import { describe, expect, it } from 'vitest';
import { timesOf } from '../../src/core/schedule-times.js';
import type { ScheduleRun } from '../../src/ledger/schedule-runs.js';
import type { ScheduleRecord } from '../../src/ledger/schedules.js';
import { decideDue } from '../../src/operate/due-runs.js';
import { timingOf } from '../../src/operate/schedule-timing.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const SCHEDULE: ScheduleRecord = {
  name: 'hourly',
  task: 'noop',
  queue: 'default',
  input: {},
  options: {},
  cron: '0 * * * *',
  everyMs: null,
  tz: 'UTC',
  startsAt: null,
  endsAt: null,
  maxRuns: null,
  jitterMs: 0,
  overlap: 'skip',
  missed: 'one',
  missedWindowMs: DAY_MS,
  priority: null,
  owner: 'o',
  source: 's',
  specHash: 'h',
  pausedAt: null,
  pausedBy: null,
  pauseReason: null,
  runs: 0,
  nextAt: '2026-11-21T10:00:00.000Z',
  lastAt: null,
  lastJob: null,
  lastLagMs: null,
};

/** State of each time in words: `10:00 adding`. */
function decide(
  change: Partial<ScheduleRecord>,
  now: string,
  open: Partial<ScheduleRun>[] = [],
): { runs: string[]; replaced: string[]; nextAt: string | null } {
  const schedule = { ...SCHEDULE, ...change };
  const claim = decideDue(timesOf(timingOf(schedule)), {
    schedule,
    open: open.map(
      (run) => ({ state: 'added', kind: 'due', jobId: `job of ${run.at}`, ...run }) as ScheduleRun,
    ),
    nowMs: Date.parse(now),
  });
  return {
    runs: claim.runs.map(({ at, state }) => `${at.slice(11, 16)} ${state}`),
    replaced: claim.replaced,
    nextAt: claim.nextAt,
  };
}

const RUNNING = { at: '2026-11-21T09:00:00.000Z' };
const WAITING = { at: '2026-11-21T09:30:00.000Z', state: 'waiting' as const };

describe('a time that is due', () => {
  it('becomes a job, and the next one is the next time after it', () => {
    expect(decide({}, '2026-11-21T10:00:01Z')).toEqual({
      runs: ['10:00 adding'],
      replaced: [],
      nextAt: '2026-11-21T11:00:00.000Z',
    });
  });

  it('is not missed when a worker comes within a minute, whatever the policy', () => {
    for (const missed of ['none', 'one', 'all'] as const) {
      expect(decide({ missed }, '2026-11-21T10:00:59Z').runs).toEqual(['10:00 adding']);
    }
  });

  it('is one of several within a minute: each runs', () => {
    const change = { cron: null, everyMs: 1000, overlap: 'allow' as const };
    expect(decide(change, '2026-11-21T10:00:02.500Z').runs).toEqual([
      '10:00 adding',
      '10:00 adding',
      '10:00 adding',
    ]);
  });

  it('is the last one when the schedule ends with it', () => {
    expect(decide({ endsAt: '2026-11-21T10:30:00.000Z' }, '2026-11-21T10:00:01Z').nextAt).toBeNull();
    expect(decide({ maxRuns: 3, runs: 2 }, '2026-11-21T10:00:01Z').nextAt).toBeNull();
    expect(decide({ maxRuns: 3, runs: 1 }, '2026-11-21T10:00:01Z').nextAt).not.toBeNull();
  });

  it('does not use up maxRuns when it is skipped', () => {
    expect(decide({ maxRuns: 3, runs: 2 }, '2026-11-21T10:00:01Z', [RUNNING])).toMatchObject({
      runs: ['10:00 skipped'],
      nextAt: '2026-11-21T11:00:00.000Z',
    });
  });
});

describe('times that passed while no worker was there', () => {
  const now = '2026-11-21T13:20:00Z';

  it('none: are left out', () => {
    expect(decide({ missed: 'none' }, now)).toMatchObject({
      runs: ['10:00 missed', '11:00 missed', '12:00 missed', '13:00 missed'],
      nextAt: '2026-11-21T14:00:00.000Z',
    });
  });

  it('one: the last of them runs', () => {
    expect(decide({ missed: 'one' }, now).runs).toEqual([
      '10:00 missed',
      '11:00 missed',
      '12:00 missed',
      '13:00 adding',
    ]);
  });

  it('one: a time that is due now makes up for them', () => {
    expect(decide({ missed: 'one' }, '2026-11-21T13:00:05Z').runs).toEqual([
      '10:00 missed',
      '11:00 missed',
      '12:00 missed',
      '13:00 adding',
    ]);
  });

  it('one: none when the last is older than the window', () => {
    expect(decide({ missed: 'one', missedWindowMs: 10 * MINUTE_MS }, now).runs.at(-1)).toBe('13:00 missed');
  });

  it('all: run one after another, those within the window', () => {
    const change = { missed: 'all' as const, missedWindowMs: 2 * HOUR_MS };
    expect(decide(change, now).runs).toEqual([
      '10:00 missed',
      '11:00 missed',
      '12:00 adding',
      '13:00 waiting',
    ]);
    expect(decide({ ...change, overlap: 'allow' }, now).runs.slice(2)).toEqual([
      '12:00 adding',
      '13:00 adding',
    ]);
  });

  it('all: no more than maxRuns', () => {
    expect(decide({ missed: 'all', maxRuns: 2 }, now)).toMatchObject({
      runs: ['10:00 adding', '11:00 waiting'],
      nextAt: null,
    });
  });

  it('after years: are bounded, and what is left comes at the next look', () => {
    const long = { cron: null, everyMs: 1000, nextAt: '2020-01-01T00:00:00.000Z' };
    expect(
      decide({ ...long, missed: 'none' }, now).runs.filter((run) => run.endsWith('missed')),
    ).toHaveLength(100);
    const all = decide({ ...long, missed: 'all', missedWindowMs: HOUR_MS, overlap: 'allow' }, now);
    expect(all.runs.filter((run) => run.endsWith('adding'))).toHaveLength(1000);
    expect(all.nextAt).toBe('2026-11-21T12:36:40.000Z');
  });
});

describe('a time that is due while the run before goes on', () => {
  const now = '2026-11-21T10:00:01Z';

  it('skip: is skipped', () => {
    expect(decide({ overlap: 'skip' }, now, [RUNNING]).runs).toEqual(['10:00 skipped']);
  });

  it('allow: runs beside it', () => {
    expect(decide({ overlap: 'allow' }, now, [RUNNING]).runs).toEqual(['10:00 adding']);
  });

  it('queue: waits behind it, and one waits at most', () => {
    expect(decide({ overlap: 'queue' }, now, [RUNNING]).runs).toEqual(['10:00 waiting']);
    expect(decide({ overlap: 'queue' }, now, [RUNNING, WAITING])).toMatchObject({
      runs: ['10:00 skipped'],
      replaced: [],
    });
  });

  it('queue: times of a backfill that wait do not take its place', () => {
    expect(decide({ overlap: 'queue' }, now, [RUNNING, { ...WAITING, kind: 'made-up' }]).runs).toEqual([
      '10:00 waiting',
    ]);
  });

  it('cancel: waits until the cancelled one has ended, and takes the place of one that waits', () => {
    expect(decide({ overlap: 'cancel' }, now, [RUNNING, WAITING])).toMatchObject({
      runs: ['10:00 waiting'],
      replaced: [WAITING.at],
    });
  });

  it('cancel: of several that are due at once the last one stays', () => {
    const change = { cron: null, everyMs: 20_000, overlap: 'cancel' as const };
    expect(decide(change, '2026-11-21T10:00:41Z', [RUNNING])).toMatchObject({
      runs: ['10:00 skipped', '10:00 skipped', '10:00 waiting'],
      replaced: [],
    });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCron } from '../../src/core/cron.js';
import { InputError } from '../../src/core/error.js';
import {
  affectedTimes,
  jitterOf,
  lastTimes,
  type Timing,
  timesBetween,
  timesOf,
} from '../../src/core/schedule-times.js';
import { clockChangesBetween, formatInZone, isTimeZone, offsetMsAt } from '../../src/core/time-zone.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** The first `count` times after `since`, as ISO without seconds and milliseconds when these are zero. */
function coming(timing: Timing, since: string, count: number): string[] {
  const times = timesOf(timing);
  return timesBetween(times, Date.parse(since) + 1, Number.POSITIVE_INFINITY, count).map((atMs) =>
    new Date(atMs).toISOString().replace(/(:00)?\.000Z$/, 'Z'),
  );
}

describe('the times of a cron where clocks are changed', () => {
  const table: [title: string, cron: string, tz: string, since: string, expected: string[]][] = [
    [
      'runs a skipped time as if the clocks had not gone forward',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-03-28T00:00Z',
      ['2026-03-28T01:30Z', '2026-03-29T01:30Z', '2026-03-30T00:30Z'],
    ],
    [
      'runs a repeated time once, the first time',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-10-24T00:00Z',
      ['2026-10-24T00:30Z', '2026-10-25T00:30Z', '2026-10-26T01:30Z'],
    ],
    [
      'runs once when a skipped time falls on another that is named',
      '30 2,3 * * *',
      'Europe/Berlin',
      '2026-03-28T12:00Z',
      ['2026-03-29T01:30Z', '2026-03-30T00:30Z', '2026-03-30T01:30Z'],
    ],
    [
      'runs each of many named times of the skipped hour',
      '*/20 2 * * *',
      'Europe/Berlin',
      '2026-03-28T12:00Z',
      ['2026-03-29T01:00Z', '2026-03-29T01:20Z', '2026-03-29T01:40Z', '2026-03-30T00:00Z'],
    ],
    [
      'goes on after the repeated hour',
      '*/30 1-3 * * *',
      'Europe/Berlin',
      '2026-10-24T23:15Z',
      ['2026-10-24T23:30Z', '2026-10-25T00:00Z', '2026-10-25T00:30Z', '2026-10-25T02:00Z'],
    ],
    [
      'goes by real time through both repeated hours when every hour is named',
      '*/30 * * * *',
      'Europe/Berlin',
      '2026-10-24T23:45Z',
      [
        '2026-10-25T00:00Z',
        '2026-10-25T00:30Z',
        '2026-10-25T01:00Z',
        '2026-10-25T01:30Z',
        '2026-10-25T02:00Z',
      ],
    ],
    [
      'leaves out the skipped hour when every hour is named',
      '30 * * * *',
      'Europe/Berlin',
      '2026-03-29T00:00Z',
      ['2026-03-29T00:30Z', '2026-03-29T01:30Z', '2026-03-29T02:30Z'],
    ],
    [
      'keeps a day whose midnight is skipped',
      '0 0 * * *',
      'America/Havana',
      '2026-03-07T00:00Z',
      ['2026-03-07T05:00Z', '2026-03-08T05:00Z', '2026-03-09T04:00Z'],
    ],
    [
      'knows changes of half an hour',
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-02T12:00Z',
      ['2026-10-02T15:45Z', '2026-10-03T15:45Z', '2026-10-04T15:15Z'],
    ],
    [
      'knows a day that a country left out',
      '0 12 * * *',
      'Pacific/Apia',
      '2011-12-28T23:00Z',
      ['2011-12-29T22:00Z', '2011-12-30T22:00Z', '2011-12-31T22:00Z'],
    ],
    [
      'runs a time that exists only once a year on the day of the change',
      '30 2 29 3 *',
      'Europe/Berlin',
      '2025-06-01T00:00Z',
      ['2026-03-29T01:30Z', '2027-03-29T00:30Z'],
    ],
    [
      'knows seconds',
      '*/30 30 2 * * *',
      'Europe/Berlin',
      '2026-03-29T00:00Z',
      ['2026-03-29T01:30Z', '2026-03-29T01:30:30Z', '2026-03-30T00:30Z'],
    ],
    [
      'finds a day that comes every four years',
      '0 0 29 2 *',
      'Asia/Kolkata',
      '2026-01-01T00:00Z',
      ['2028-02-28T18:30Z', '2032-02-28T18:30Z'],
    ],
  ];
  it.each(table)('%s (%s %s)', (_title, cron, tz, since, expected) => {
    expect(coming({ cron, tz }, since, expected.length)).toEqual(expected);
  });

  it('warns of what a change skips or repeats, and says when it runs', () => {
    const year = [Date.parse('2026-01-01T00:00Z'), Date.parse('2027-01-01T00:00Z')] as const;
    expect(affectedTimes({ cron: '30 2 * * *', tz: 'Europe/Berlin' }, ...year)).toEqual([
      {
        kind: 'skipped',
        changeAtMs: Date.parse('2026-03-29T01:00Z'),
        times: [{ clock: '2026-03-29 02:30', runsAtMs: Date.parse('2026-03-29T01:30Z') }],
      },
      {
        kind: 'repeated',
        changeAtMs: Date.parse('2026-10-25T01:00Z'),
        times: [{ clock: '2026-10-25 02:30', runsAtMs: Date.parse('2026-10-25T00:30Z') }],
      },
    ]);
    const counts = affectedTimes({ cron: '*/5 1-3 * * *', tz: 'Europe/Berlin' }, ...year).map(
      ({ times }) => times.length,
    );
    expect(counts).toEqual([12, 12]);
  });

  it('warns of nothing that runs by real time, is not at those hours, or has ended', () => {
    const year = [Date.parse('2026-01-01T00:00Z'), Date.parse('2027-01-01T00:00Z')] as const;
    const tz = 'Europe/Berlin';
    for (const timing of [
      { cron: '*/30 * * * *', tz },
      { cron: '0 4 * * *', tz },
      { cron: '30 2 * * mon', tz },
      { cron: '30 2 * * *', tz: 'Asia/Kolkata' },
      { everyMs: DAY_MS, tz },
      { cron: '30 2 * * *', tz, startsAtMs: Date.parse('2026-10-26T00:00Z') },
    ]) {
      expect(affectedTimes(timing, ...year)).toEqual([]);
    }
  });
});

describe('the times of a schedule', () => {
  it('of an interval are counted from the epoch, or from its start', () => {
    const since = '2026-11-21T10:00:00.001Z';
    expect(coming({ everyMs: 6 * HOUR_MS, tz: 'UTC' }, since, 2)).toEqual([
      '2026-11-21T12:00Z',
      '2026-11-21T18:00Z',
    ]);
    const startsAtMs = Date.parse('2026-11-21T11:17:00Z');
    expect(coming({ everyMs: 6 * HOUR_MS, tz: 'UTC', startsAtMs }, since, 2)).toEqual([
      '2026-11-21T11:17Z',
      '2026-11-21T17:17Z',
    ]);
  });

  it('begin with the start and end with the end, both included', () => {
    const startsAtMs = Date.parse('2026-06-01T02:00:00Z');
    const endsAtMs = Date.parse('2026-06-03T02:00:00Z');
    expect(coming({ cron: '0 2 * * *', tz: 'UTC', startsAtMs, endsAtMs }, '2026-01-01T00:00Z', 9)).toEqual([
      '2026-06-01T02:00Z',
      '2026-06-02T02:00Z',
      '2026-06-03T02:00Z',
    ]);
  });

  it('that came last are found without walking through all before them', () => {
    const secondly = timesOf({ everyMs: 1000, tz: 'UTC' });
    const toMs = Date.parse('2026-11-21T10:00:00Z');
    expect(lastTimes(secondly, 0, toMs, 2)).toEqual([toMs - 1000, toMs]);
    const yearly = timesOf({ cron: '@yearly', tz: 'UTC' });
    expect(
      lastTimes(yearly, Date.parse('2020-05-01T00:00Z'), toMs, 3).map((at) => new Date(at).getUTCFullYear()),
    ).toEqual([2024, 2025, 2026]);
    expect(lastTimes(yearly, toMs - DAY_MS, toMs, 3)).toEqual([]);
  });

  it('take either day when both are restricted, as crontab(5) says', () => {
    expect(coming({ cron: '0 0 13 * fri', tz: 'UTC' }, '2026-11-10T00:00Z', 3)).toEqual([
      '2026-11-13T00:00Z',
      '2026-11-20T00:00Z',
      '2026-11-27T00:00Z',
    ]);
  });

  it('are spread by a jitter that is the same whoever computes it', () => {
    const waits = Array.from({ length: 200 }, (_, index) => jitterOf('nightly', index * DAY_MS, MINUTE_MS));
    expect(waits).toEqual(
      Array.from({ length: 200 }, (_, index) => jitterOf('nightly', index * DAY_MS, MINUTE_MS)),
    );
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...waits)).toBeLessThanOrEqual(MINUTE_MS);
    expect(new Set(waits).size).toBeGreaterThan(150);
    expect(jitterOf('nightly', 0, 0)).toBe(0);
  });
});

describe('a cron expression that cannot be used', () => {
  const table: [cron: string, says: RegExp][] = [
    ['61 2 * * *', /the minute is "61"; expected 0 to 59/],
    ['0 25 * * *', /the hour is "25"; expected 0 to 23/],
    ['0 2 32 * *', /the day of the month is "32"/],
    ['0 2 * 13 *', /the month is "13"/],
    ['0 2 * mon *', /the month is "mon"/],
    ['0 2 * * 8', /the day of the week is "8"/],
    ['0 2 * * jan', /the day of the week is "jan"/],
    ['99 0 2 * * *', /the second is "99"/],
    ['5-1 * * * *', /the minute is "5-1"/],
    ['*/70 * * * *', /the minute is "\*\/70"/],
    ['*/0 * * * *', /the minute is "\*\/0"/],
    ['H * * * *', /the minute is "H"/],
    ['0 2 * * 1#9', /the day of the week is "1#9"/],
    ['* * *', /it has 3 fields; expected 5/],
    ['* * * * * * *', /it has 7 fields/],
    ['', /it has 0 fields/],
    ['@dayly', /no such nickname; expected one of @yearly/],
    ['0 0 30 2 *', /no 2 month ever has such a day/],
    ['0 0 31 2,4 *', /no 2,4 month ever has such a day/],
  ];
  it.each(table)('%s is refused, naming the field', (cron, says) => {
    expect(() => parseCron(cron)).toThrow(says);
    expect(() => parseCron(cron)).toThrow(InputError);
  });

  it('is told from one that can', () => {
    for (const cron of [
      '@daily',
      '0 0 L * *',
      '0 0 * * 5L',
      '0 0 * * 5#2',
      '0 9 * jan,MAR mon-fri',
      '1-59/2 * * * *',
      '0 0 ? * 7',
    ]) {
      expect(parseCron(cron).next(Date.UTC(2026, 0, 1))).toBeGreaterThan(Date.UTC(2026, 0, 1));
    }
  });
});

describe('a time zone', () => {
  it('is known by its name; offsets, typing slips and hostile text are not', () => {
    expect(['UTC', 'Asia/Kolkata', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'].every(isTimeZone)).toBe(
      true,
    );
    expect(['+05:30', 'Asia/Calcuta', '', 'Asia/Kolkata\n', '../etc'].some(isTimeZone)).toBe(false);
  });

  it('is shown with its offset', () => {
    expect(formatInZone('Asia/Kolkata', Date.parse('2026-11-21T20:30:00Z'))).toBe('2026-11-22 02:00 +05:30');
    expect(formatInZone('America/New_York', Date.parse('2026-11-21T20:30:15Z'))).toBe(
      '2026-11-21 15:30:15 -05:00',
    );
  });

  it('has its changes found to the millisecond', () => {
    expect(clockChangesBetween('Europe/Berlin', Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1))).toEqual([
      { atMs: Date.parse('2026-03-29T01:00:00Z'), offsetBeforeMs: HOUR_MS, offsetAfterMs: 2 * HOUR_MS },
      { atMs: Date.parse('2026-10-25T01:00:00Z'), offsetBeforeMs: 2 * HOUR_MS, offsetAfterMs: HOUR_MS },
    ]);
  });
});

describe('times against a walk through every minute', () => {
  const zones = [
    'UTC',
    'Asia/Kolkata',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'America/Havana',
  ];
  const changes = zones.flatMap((zone) => [
    { zone, atMs: Date.UTC(2026, 5, 1) },
    ...clockChangesBetween(zone, Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1)).map(({ atMs }) => ({
      zone,
      atMs,
    })),
  ]);
  const numbers = (max: number, most: number) =>
    fc.uniqueArray(fc.integer({ min: 0, max }), { minLength: 1, maxLength: most });

  it('are the same for minutes and hours of any choice, around the changes of several zones', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...changes),
        numbers(59, 4),
        fc.option(numbers(5, 3), { freq: 3 }),
        ({ zone, atMs }, minutes, hours) => {
          const fromMs = atMs - DAY_MS;
          const toMs = atMs + DAY_MS;
          const cron = `${minutes.join(',')} ${hours?.join(',') ?? '*'} * * *`;
          const times = timesOf({ cron, tz: zone });
          expect(timesBetween(times, fromMs, toMs, 10_000)).toEqual(walk(zone, fromMs, toMs, minutes, hours));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('strictly increase, whatever the moment they are asked from', () => {
    const crons = [
      '30 2 * * *',
      '*/7 * * * *',
      '0 0 1 * *',
      '15 1-3 * * sun',
      '*/20 * 2 * * *',
      '0 12 29 2 *',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...crons),
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2028, 0, 1) }),
        (cron, tz, sinceMs) => {
          const times = timesOf({ cron, tz });
          const first = times.next(sinceMs)!;
          const second = times.next(first)!;
          expect(first).toBeGreaterThan(sinceMs);
          expect(second).toBeGreaterThan(first);
          // Nothing lies between, from wherever one asks.
          expect(times.next(first - 1)).toBe(first);
          expect(times.next(Math.floor((sinceMs + first) / 2))).toBe(first);
          expect(timesOf({ cron, tz }).next(second - 1)).toBe(second);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** The rule, read off the clocks minute by minute: first showing of each named time; skipped ones by the offset before. */
function walk(
  zone: string,
  fromMs: number,
  toMs: number,
  minutes: number[],
  hours: number[] | null,
): number[] {
  const names = (wallMs: number) =>
    minutes.includes(new Date(wallMs).getUTCMinutes()) &&
    (hours === null || hours.includes(new Date(wallMs).getUTCHours()));
  const found = new Set<number>();
  const shown = new Set<number>();
  let wallBefore: number | undefined;
  for (let atMs = fromMs - 3 * HOUR_MS; atMs <= toMs; atMs += MINUTE_MS) {
    const wallMs = atMs + offsetMsAt(zone, atMs);
    if (hours !== null && wallBefore !== undefined) {
      for (let skipped = wallBefore + MINUTE_MS; skipped < wallMs; skipped += MINUTE_MS) {
        if (names(skipped)) found.add(atMs + (skipped - wallBefore - MINUTE_MS));
      }
    }
    if (names(wallMs) && (hours === null || !shown.has(wallMs))) found.add(atMs);
    shown.add(wallMs);
    wallBefore = wallMs;
  }
  return [...found].filter((atMs) => atMs >= fromMs && atMs <= toMs).sort((a, b) => a - b);
}

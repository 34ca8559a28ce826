import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/core/duration.js';
import { UsageError } from '../../src/core/error.js';
import { errorFingerprint } from '../../src/core/fingerprint.js';
import { newBatchId } from '../../src/core/id.js';
import { nearestName } from '../../src/core/nearest-name.js';
import { tally } from '../../src/core/tally.js';
import { foldHeader } from '../../src/core/text.js';

describe('durations', () => {
  it.each([
    ['250ms', 250],
    ['90s', 90_000],
    ['1.5h', 5_400_000],
    ['7d', 604_800_000],
  ])('reads %s', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(['', '10', '10 parsecs', '-5s', 's'])('refuses "%s" and says what is expected', (text) => {
    expect(() => parseDuration(text)).toThrow(UsageError);
    expect(() => parseDuration(text)).toThrow(/90s, 10m or 2h/);
  });

  it.each([
    [850, '850 ms'],
    [12_345, '12.3 s'],
    [59_990, '1 min 00 s'],
    [245_000, '4 min 05 s'],
    [7_800_000, '2 h 10 min'],
  ])('says %d ms in words', (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe('headers', () => {
  it.each([
    'Name of the waterbody ',
    ' name  of the\nWATERBODY',
    'name_of_the_waterbody',
    'Name\u00a0of the waterbody\u200b',
  ])('folds %j to one spelling', (header) => expect(foldHeader(header)).toBe('name of the waterbody'));
});

describe('nearest name', () => {
  it('finds a slip of the hand', () =>
    expect(nearestName('lattitude', ['longitude', 'latitude'])).toBe('latitude'));
  it('finds nothing when nothing is near', () =>
    expect(nearestName('rainfall', ['lat', 'lon'])).toBeUndefined());
});

describe('tally', () => {
  const ended = { completed: 3, failed: 1, invalid: 1, skipped: 0, cancelled: 0 };
  it('adds the rows that have not ended, so that counts add up', () => {
    expect(tally(7, ended)).toEqual({ total: 7, ...ended, pending: 2 });
    expect(tally(5, ended)).toEqual({ total: 5, ...ended });
  });
  it('refuses counts that cannot be', () => expect(() => tally(4, ended)).toThrow(RangeError));
});

describe('fingerprints', () => {
  const of = (message: string) => errorFingerprint({ code: 'E', message });
  it('are equal for the same failure of other rows', () => {
    expect(of('row 17 of "a.xlsx": no water within 1500 m')).toBe(
      of('row 4 of "b.xlsx": no water within 800 m'),
    );
  });
  it('differ for other failures', () => expect(of('no water')).not.toBe(of('no village')));
});

describe('batch ids', () => {
  it('sort by the time they were made', () => {
    expect(newBatchId(1_700_000_000_000) < newBatchId(1_700_000_000_001)).toBe(true);
  });
});

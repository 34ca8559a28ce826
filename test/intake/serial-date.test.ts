import { describe, expect, it } from 'vitest';
import { columnIndex, columnLetter } from '../../src/intake/column-letter.js';
import { dateKind, serialDateText } from '../../src/intake/serial-date.js';

describe('dateKind', () => {
  it.each([
    ['yyyy-mm-dd', 'date'],
    ['dd/mm/yyyy hh:mm', 'date'],
    ['mmm-yy', 'date'],
    ['[$-409]d-mmm-yy;@', 'date'],
    ['hh:mm:ss', 'time'],
    ['h:mm AM/PM', 'time'],
    ['[h]:mm:ss', 'duration'],
    ['mm:ss', 'time'],
  ])('%s shows a %s', (format, kind) => expect(dateKind(format)).toBe(kind));

  it.each([
    undefined,
    'General',
    '0.00',
    '#,##0',
    '0.0%',
    '0.00 "days"',
    '#,##0.00\\ \\m',
    '[Red]0',
    '[$₹-4009] #,##0.00',
    '0.00E+00',
    '@',
    '# ?/?',
    '"Rs. "0',
    '_(* #,##0_)',
  ])('%s shows a number', (format) => expect(dateKind(format)).toBeUndefined());
});

describe('serialDateText', () => {
  it.each([
    [45_444, '2024-06-01'],
    [45_444.354_166_666_664, '2024-06-01T08:30:00'],
    [45_444.123_456, '2024-06-01T02:57:46.598'],
    [1, '1900-01-01'],
    [59, '1900-02-28'],
    [61, '1900-03-01'],
    [25_569, '1970-01-01'],
    [2_958_465, '9999-12-31'],
  ])('reads %d as %s', (days, text) => expect(serialDateText(days, 'date', false)).toBe(text));

  it('reads times of day, lengths of time and the calendar from 1904', () => {
    expect(serialDateText(0.3125, 'time', false)).toBe('07:30:00');
    expect(serialDateText(45_444.3125, 'time', false)).toBe('2024-06-01T07:30:00');
    expect(serialDateText(1.5, 'duration', false)).toBe('36:00:00');
    expect(serialDateText(0, 'date', true)).toBe('1904-01-01');
  });

  it('leaves a number that is no day of any calendar', () => {
    expect(serialDateText(-1, 'date', false)).toBe(-1);
    expect(serialDateText(1e9, 'date', false)).toBe(1e9);
  });
});

it('letters of columns go there and back', () => {
  expect([0, 25, 26, 701, 702, 16_383].map(columnLetter)).toEqual(['A', 'Z', 'AA', 'ZZ', 'AAA', 'XFD']);
  for (let index = 0; index < 16_384; index++) expect(columnIndex(`${columnLetter(index)}12`)).toBe(index);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNumber, suggestNumber } from '../../src/intake/number-text.js';

describe('parseNumber', () => {
  it.each([
    ['37.76', 37.76],
    [' 37.76 ', 37.76],
    ['\u00a037.76', 37.76],
    ['37,76', 37.76],
    ['-37,7', -37.7],
    ['\u22125', -5],
    ['+5', 5],
    ['1,234.5', 1234.5],
    ['1,234,567', 1_234_567],
    ['12,34,567.5', 1_234_567.5],
    ['1,23,456', 123_456],
    ['1.234,5', 1234.5],
    ['1.234.567', 1_234_567],
    ['1 234,5', 1234.5],
    ['1 234 567', 1_234_567],
    ['1234,567', 1234.567],
    ['0,123', 0.123],
    ['0,000', 0],
    ['37,7612', 37.7612],
    ['1e3', 1000],
    ['.5', 0.5],
    ['5.', 5],
    ['007', 7],
    ['1.234', 1.234],
  ])('reads %j as %d', (text, value) => expect(parseNumber(text)).toBe(value));

  it.each([
    '',
    ' ',
    '1,234',
    '-12,345',
    '37,76N',
    'N 37',
    "37°45'N",
    '1,2,3',
    '1,23,45',
    '1.2.3',
    '12 34',
    '--5',
    '1e999',
    'Infinity',
    'NaN',
    '0x10',
    '5%',
    '1,234,56',
    '1_000',
    'twelve',
  ])('does not guess at %j', (text) => expect(parseNumber(text)).toBeUndefined());

  it('reads every number as JavaScript writes it', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (value) => parseNumber(` ${value} `) === value || Object.is(value, -0),
      ),
    );
  });

  it('reads a decimal comma as the point unless three digits make it ambiguous', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(fc.nat({ max: 99_999 }), digits, (whole, decimals) => {
        const ambiguous = decimals.length === 3 && whole >= 1 && whole <= 999;
        expect(parseNumber(`${whole},${decimals}`)).toBe(
          ambiguous ? undefined : Number(`${whole}.${decimals}`),
        );
      }),
    );
  });

  it('reads grouped thousands of every country alike', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_000_000, max: 999_999_999_999 }),
        fc.constantFrom('en-US', 'en-IN', 'de-DE', 'fr-FR'),
        (value, locale) => {
          expect(parseNumber(value.toLocaleString(locale))).toBe(value);
        },
      ),
    );
  });

  it('never throws and never gives anything but a finite number', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const value = parseNumber(text);
        expect(value === undefined || Number.isFinite(value)).toBe(true);
        suggestNumber(text);
      }),
    );
  });
});

describe('suggestNumber', () => {
  it.each([
    ['37,76N', 'did you mean 37.76?'],
    ['37.76° N', 'did you mean 37.76?'],
    ['37.76 E', 'did you mean 37.76?'],
    ['S 37.5', 'did you mean -37.5?'],
    ["37°45'N", 'did you mean 37.75?'],
    ['37°45\'36"N', 'did you mean 37.76?'],
    ['73°12′30″W', 'did you mean -73.2083333?'],
    ['N 37 45.6', 'did you mean 37.76?'],
    ['37:45:36', 'did you mean 37.76?'],
    ['37d45m36s', 'did you mean 37.76?'],
    ['1,234', 'write 1234 or 1.234'],
    ['45%', 'did you mean 0.45?'],
    ['37.76 deg', 'did you mean 37.76?'],
    ['Rs. 1,500.50', 'did you mean 1500.5?'],
    ['about 12', 'did you mean 12?'],
  ])('of %j: %s', (text, hint) => expect(suggestNumber(text)).toBe(hint));

  it.each(['', 'unknown', '12 or 13', "37°75'N"])('has nothing to say of %j', (text) =>
    expect(suggestNumber(text)).toBeUndefined());
});

/** How wide a text stands on a terminal, held against the library that is the reference for it. */
import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../src/cli/text-width.js';

const ASSIGNED = /^\P{Cn}$/u;

describe('the columns of a text', () => {
  it.each([
    ['', 0],
    ['plain', 5],
    ['तालाब', stringWidth('तालाब')],
    ['池塘', 4],
    ['e\u0301', 1],
    ['👩‍🌾', 2],
    ['🇮🇳', 2],
    ['❤️', 2],
    ['1️⃣', 2],
    ['ﾊﾟ', 2],
  ])('%j takes %i', (text, columns) => {
    expect(columnsOf(text)).toBe(columns);
    expect(stringWidth(text)).toBe(columns);
  });

  it('are those of the reference for every character that it can measure and that is no half of an emoji', () => {
    const differing: string[] = [];
    for (let point = 0x20; point <= 0x200ff; point++) {
      const character = String.fromCodePoint(point);
      if (!ASSIGNED.test(character) || /[\p{RI}\p{Cs}\p{Cf}]/u.test(character)) continue;
      if (columnsOf(character) !== stringWidth(character)) differing.push(point.toString(16));
    }
    expect(differing).toEqual([]);
  });

  it('are known for characters on which the reference fails', () => {
    expect(() => stringWidth('\u0600')).toThrow(TypeError);
    expect(columnsOf('\u0600')).toBe(0);
  });

  it('are those of the reference for texts of many scripts', () => {
    const part = fc.constantFrom(
      'Rajkot ',
      'राजकोट',
      'ગામ',
      '水庫',
      'ｶﾞ',
      'é',
      'n\u0303',
      '🚜',
      '👨‍👩‍👧',
      '①',
      '​',
      '한국',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        expect(columnsOf(text)).toBe(stringWidth(text));
      }),
    );
  });
});

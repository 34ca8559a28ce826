import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { clip } from '../../src/cli/clip.js';

describe('a clipped line', () => {
  it('is left alone when it fits', () => {
    expect(clip('a reason', 8)).toBe('a reason');
    expect(clip('村庄', 4)).toBe('村庄');
  });

  it('ends with an ellipsis within the width when it does not', () => {
    expect(clip('a reason', 7)).toBe('a reas…');
    expect(clip('村庄村庄', 6)).toBe('村庄…');
  });

  it('is never wider than asked for, whatever the script', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, width) => {
        expect(stringWidth(clip(text, width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

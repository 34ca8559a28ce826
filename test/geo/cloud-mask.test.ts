import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dilated, type MaskScheme, usablePixels } from '../../src/geo/cloud-mask.js';

const never = () => false;

function isUsable(scheme: MaskScheme, quality: number): boolean {
  return usablePixels([quality], { width: 1, height: 1 }, { scheme, isNodata: never })[0] === 1;
}

describe('quality bands', () => {
  test('of Landsat Collection 2: nothing but clear land and water is usable', () => {
    expect(isUsable('landsat-c2', 0b1_0101_0100_0000)).toBe(true);
    expect(isUsable('landsat-c2', 0b1000_0000)).toBe(true);
    for (const bit of [0, 1, 2, 3, 4, 5]) expect(isUsable('landsat-c2', 1 << bit), `bit ${bit}`).toBe(false);
  });

  test('of Landsat before collections: cloud from confidence 2, cirrus at confidence 3', () => {
    expect([0, 1, 2, 3].map((cloud) => isUsable('landsat-pre', cloud << 14))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect([0, 1, 2, 3].map((cirrus) => isUsable('landsat-pre', cirrus << 12))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(isUsable('landsat-pre', 1)).toBe(false);
  });

  test('of Sentinel-2: vegetation, bare, water and unclassified are usable', () => {
    const usable = Array.from({ length: 13 }, (_, value) => value).filter((value) => isUsable('scl', value));
    expect(usable).toEqual([4, 5, 6, 7]);
  });

  test('without a value, or with one that the scheme does not know, nothing is usable', () => {
    expect(isUsable('scl', Number.NaN)).toBe(false);
    expect(isUsable('scl', 200)).toBe(false);
    const mask = usablePixels(
      [4, 4],
      { width: 2, height: 1 },
      { scheme: 'scl', isNodata: (value) => value === 4 },
    );
    expect([...mask]).toEqual([0, 0]);
  });
});

test('clouds and shadows are widened, snow and fill are not', () => {
  const row = [4, 9, 4, 4, 11, 4, 0, 4];
  const mask = usablePixels(row, { width: 8, height: 1 }, { scheme: 'scl', dilate: 1, isNodata: never });
  expect([...mask]).toEqual([0, 0, 0, 1, 0, 1, 0, 1]);
});

test('a widened mask is every cell within reach of one of its own', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 0, max: 4 }),
      fc.array(fc.boolean(), { minLength: 81, maxLength: 81 }),
      (width, height, cells, bits) => {
        const mask = Uint8Array.from({ length: width * height }, (_, i) => (bits[i] && i % 3 === 0 ? 1 : 0));
        dilated(mask, width, height, cells).forEach((value, i) => {
          const [x, y] = [i % width, Math.floor(i / width)];
          const isNear = mask.some(
            (one, k) =>
              one === 1 && Math.abs((k % width) - x) <= cells && Math.abs(Math.floor(k / width) - y) <= cells,
          );
          expect(value).toBe(isNear ? 1 : 0);
        });
      },
    ),
  );
});

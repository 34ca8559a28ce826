import { describe, expect, test } from 'vitest';
import {
  droughtClass,
  meteorologicalDrought,
  type WeekIndices,
} from '../../../../src/tasks/water/drought/drought-class.js';

const wet: WeekIndices = { rainDeviation: 10, spi: 0.2, drySpell: false, vci: 20, mai: 10, pas: 10 };
const dry: WeekIndices = { ...wet, rainDeviation: -70 };
const rules = { drySpellColumnBug: false };

describe('drought class of a week', () => {
  test('without meteorological drought there is none, however bad the crops are', () => {
    expect(droughtClass(wet, rules)).toBe(0);
  });

  test('scanty rain, a low SPI or a dry spell alone make a meteorological drought', () => {
    expect(meteorologicalDrought(dry, rules)).toBe(true);
    expect(meteorologicalDrought({ ...wet, spi: -1.6 }, rules)).toBe(true);
    expect(meteorologicalDrought({ ...wet, drySpell: true }, rules)).toBe(true);
    expect(meteorologicalDrought({ ...wet, rainDeviation: -59, spi: -1.5 }, rules)).toBe(false);
  });

  test('the original never sees a dry spell', () => {
    expect(meteorologicalDrought({ ...wet, drySpell: true }, { drySpellColumnBug: true })).toBe(false);
  });

  test.each([
    [{ vci: 40, mai: 25, pas: 33.3 }, 3],
    [{ vci: 41, mai: 25, pas: 33.3 }, 2],
    [{ vci: 60, mai: 50, pas: 90 }, 2],
    [{ vci: 61, mai: 50, pas: 90 }, 1],
    [{ vci: null, mai: 25, pas: 33.3 }, 2],
    [{ vci: null, mai: null, pas: 10 }, 1],
    [{ vci: null, mai: null, pas: null }, 1],
  ])('indices %o give class %i', (indices, expected) => {
    expect(droughtClass({ ...dry, ...indices }, rules)).toBe(expected);
  });

  test('what is not known is not known, unless something else says drought', () => {
    expect(droughtClass({ ...wet, rainDeviation: null }, rules)).toBeNull();
    expect(droughtClass({ ...wet, rainDeviation: null, spi: -2 }, rules)).toBe(3);
  });
});

import { decode } from 'fast-png';
import { expect, test } from 'vitest';
import type { RasterPaint } from '../../../src/core/report-section.js';
import { encodePicture } from '../../../src/output/report/picture.js';
import { valueRange } from '../../../src/output/report/value-range.js';

/** Colours of a picture's pixels as `r,g,b,a`. */
async function colorsOf(values: number[], width: number, paint: RasterPaint): Promise<string[]> {
  const samples = { width, height: values.length / width, values: Float64Array.from(values), stepM: 10 };
  const range = paint.by === 'ramp' ? valueRange(paint, samples.values) : undefined;
  const { data, palette, width: found } = decode(await encodePicture(samples, paint, range));
  expect(found).toBe(width);
  return [...data].map((index) => palette![index]!.join());
}

test('classes have their colours, and what is in none, or has no value, is see-through', async () => {
  const paint: RasterPaint = {
    by: 'class',
    classes: [
      { value: 2, label: 'water', color: '#1c4fa1' },
      { value: '8', label: 'crop', color: '#e8d24f' },
    ],
  };
  expect(await colorsOf([2, 8, 3, Number.NaN], 2, paint)).toEqual([
    '28,79,161,255',
    '232,210,79,255',
    '0,0,0,0',
    '0,0,0,0',
  ]);
});

test('a ramp goes from its first colour to its last, and beyond its range no further', async () => {
  const paint: RasterPaint = { by: 'ramp', ramp: 'water', min: 0, max: 10 };
  const [least, below, most, above, none] = await colorsOf([0, -5, 10, 99, Number.NaN], 5, paint);
  expect([least, most, none]).toEqual(['220,236,247,255', '11,60,120,255', '0,0,0,0']);
  expect([below, above]).toEqual([least, most]);
});

test('light falls from the north-west: slopes that face it are bright, those behind are dark, level land is between', async () => {
  const hill = Array.from({ length: 49 }, (_, at) => {
    const far = Math.max(Math.abs((at % 7) - 3), Math.abs(Math.floor(at / 7) - 3));
    return 100 - 8 * far;
  });
  const paint: RasterPaint = { by: 'ramp', ramp: 'rain', min: 0, max: 1000, shade: true };
  const colors = await colorsOf(hill, 7, paint);
  const bright = (at: number) => Number(colors[at]!.split(',')[0]);
  const [northWest, top, southEast] = [bright(8), bright(24), bright(40)];
  expect(northWest).toBeGreaterThan(top);
  expect(southEast).toBeLessThan(top);
});

test('a logarithmic ramp tells powers apart', () => {
  const range = valueRange({ by: 'ramp', ramp: 'order', scale: 'log', min: 1, max: 10_000 }, []);
  expect([1, 10, 100, 10_000, 0, -3].map(range.shareOf)).toEqual([0, 0.25, 0.5, 1, 0, 0]);
});

test('without limits a ramp spans the 2nd to the 98th percentile', () => {
  const range = valueRange({ by: 'ramp', ramp: 'water' }, [...Array(101).keys(), Number.NaN]);
  expect([range.min, range.max]).toEqual([2, 98]);
});

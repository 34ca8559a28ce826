import { expect, test } from 'vitest';
import type { ReportChart } from '../../../src/core/report-section.js';
import { axisLabels } from '../../../src/output/report/axis-labels.js';
import { chartFigure } from '../../../src/output/report/chart.js';

const YEARS = ['2017-18', '2018-19', '2019-20'];

function drawn(chart: Partial<ReportChart>): string {
  const figure = chartFigure({ kind: 'chart', chart: 'bar', title: 'Water', x: YEARS, series: [], ...chart });
  return figure.html;
}

/** Texts beside the upright axis, from the bottom. */
function marksOf(text: string): string[] {
  return [...text.matchAll(/text-anchor="end">([^<]*)<\/text>/g)].map(([, mark]) => mark!);
}

test('bars begin at 0, and the axis ends at or above the most', () => {
  const text = drawn({ series: [{ name: 'ha', values: [40, 60, 104] }] });
  expect(marksOf(text)).toEqual(['0', '20', '40', '60', '80', '100', '120']);
});

test('values below 0 hang from the axis', () => {
  const text = drawn({ unit: 'mm', series: [{ name: 'ΔG', values: [-95, 210, null] }] });
  expect(marksOf(text)).toEqual(['mm', '-100', '-50', '0', '50', '100', '150', '200', '250']);
  const [, zero] = /class="axis" d="M78 ([\d.]+)H/.exec(text)!;
  const bars = [...text.matchAll(/M[\d.]+ ([\d.]+)V([\d.]+)h/g)].map(([, from, to]) => [
    Number(from),
    Number(to),
  ]);
  expect(bars.map(([from]) => from)).toEqual([Number(zero), Number(zero)]);
  expect(bars[0]![1]).toBeGreaterThan(Number(zero));
  expect(bars[1]![1]).toBeLessThan(Number(zero));
});

test('stacked bars stand on each other, and the axis reaches their sums', () => {
  const text = drawn({
    chart: 'stacked-bar',
    series: [
      { name: 'krz', values: [10, 0, 5] },
      { name: 'kr', values: [30, null, 10] },
    ],
  });
  expect(marksOf(text).at(-1)).toBe('40');
  const [[, top], [bottom]] = [...text.matchAll(/M117[\d.]* ([\d.]+)V([\d.]+)h/g)].map(([, from, to]) => [
    Number(from),
    Number(to),
  ]) as [[number, number], [number, number]];
  expect(bottom).toBe(top);
});

test('a line far from 0 has an axis of its own, and a gap where a value is missing', () => {
  const text = drawn({ chart: 'line', series: [{ name: 'ci', values: [1.31, null, 1.42] }] });
  expect(marksOf(text)[0]).toBe('1.3');
  const [, path] = /class="series" d="([^"]*)"/.exec(text)!;
  expect(path!.match(/[ML]/g)).toEqual(['M', 'M']);
});

test('pointing at a place tells all its values', () => {
  const text = drawn({
    unit: 'ha',
    series: [
      { name: 'kharif', values: [1, 2, 3] },
      { name: 'rabi', values: [null, 1.5, 1] },
    ],
  });
  expect(text).toContain('<title>2017-18\nkharif: 1 ha\nrabi: —</title>');
});

test('without a value it says so', () => {
  expect(drawn({ series: [{ name: 'ha', values: [null, null, null] }] })).toContain(
    'There is no value to draw.',
  );
  expect(drawn({ x: [], series: [] })).toContain('There is no value to draw.');
});

test.each([
  1, 2, 7, 40, 1000, 20_000,
])('at most 16 of %i names stand along an axis, the first among them', (count) => {
  const labels = axisLabels(Array.from({ length: count }, (_, index) => `WS ${index}`));
  expect(labels.length).toBeLessThanOrEqual(16);
  expect(labels[0]).toMatchObject({ index: 0, text: 'WS 0', often: false });
});

test('long names are cut and get more room', () => {
  const labels = axisLabels(
    Array.from({ length: 12 }, (_, index) => `${index} a very long name of a water body`),
  );
  expect(labels.length).toBeLessThanOrEqual(5);
  expect(labels[0]!.text).toBe('0 a very long name of…');
});

test('fortnights of years are named by the first of each year, those of months by month', () => {
  const from = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      new Date(Date.UTC(2017, 6, 1) + index * 14 * 86_400_000).toISOString().slice(0, 10),
    );
  expect(axisLabels(from(208)).map(({ text }) => text)).toEqual([
    ...['2017', '2018', '2019', '2020', '2021', '2022', '2023', '2024', '2025'],
  ]);
  expect(
    axisLabels(from(20))
      .map(({ text }) => text)
      .slice(0, 3),
  ).toEqual(['Jul 2017', 'Aug 2017', 'Sep 2017']);
});

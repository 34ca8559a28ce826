import { expect, test } from 'vitest';
import { checkReportSection } from '../../src/core/check-report-section.js';

const section = {
  id: 'water-by-year',
  title: 'Water by year',
  text: 'Of all water bodies.',
  items: [
    {
      kind: 'map',
      title: 'Water bodies',
      layers: [
        {
          kind: 'raster',
          title: 'Heights',
          artifact: 'dem.tif',
          paint: { by: 'ramp', ramp: 'elevation', shade: true },
        },
        {
          kind: 'features',
          title: 'Water',
          artifact: 'water.geojson',
          tell: ['UID', 'area_ored'],
          paint: { by: 'one', color: '#1c4fa1', width: { property: 'order', factor: 0.5 } },
        },
      ],
    },
    {
      kind: 'chart',
      chart: 'line',
      title: 'Area',
      unit: 'ha',
      x: ['2017-18', 2018],
      series: [{ name: 'kharif', values: [1.5, null] }],
    },
    {
      kind: 'table',
      title: 'Bodies',
      columns: ['UID', 'ha'],
      rows: [
        ['a_1', 2],
        [null, 3],
      ],
    },
  ],
};

test('a section comes back from JSON as it was', () => {
  expect(checkReportSection(JSON.parse(JSON.stringify(section)))).toEqual(section);
});

test.each<[string, (wrong: typeof section) => void, string]>([
  [
    'an id for people',
    (wrong) => Object.assign(wrong, { id: 'Water by year' }),
    'section.id is "Water by year"',
  ],
  [
    'no items',
    (wrong) => Object.assign(wrong, { items: 'none' }),
    'section.items is "none"; expected a list',
  ],
  [
    'an unknown item',
    (wrong) => Object.assign(wrong.items[0]!, { kind: 'picture' }),
    'items[0].kind is "picture"',
  ],
  [
    'a colour with a name',
    (wrong) => Object.assign(wrong.items[0]!.layers![1]!.paint, { color: 'red' }),
    'items[0].layers[1].paint.color is "red"; expected a colour #rrggbb',
  ],
  [
    'a colour that would leave its attribute',
    (wrong) => Object.assign(wrong.items[0]!.layers![1]!.paint, { color: '#000000"><script>' }),
    'expected a colour #rrggbb',
  ],
  [
    'a ramp nobody knows',
    (wrong) => Object.assign(wrong.items[0]!.layers![0]!.paint, { ramp: 'jet' }),
    'paint.ramp is "jet"; expected water, elevation',
  ],
  [
    'a raster of one colour',
    (wrong) => Object.assign(wrong.items[0]!.layers![0]!, { paint: { by: 'one', color: '#000000' } }),
    'layers[0].paint.by is "one"; expected class or ramp',
  ],
  [
    'features by a ramp of no property',
    (wrong) => Object.assign(wrong.items[0]!.layers![1]!, { paint: { by: 'ramp', ramp: 'water' } }),
    'layers[1].paint.property is nothing',
  ],
  [
    'a series that is too short',
    (wrong) => Object.assign(wrong.items[1]!.series![0]!, { values: [1] }),
    'series[0].values is "1 values"; expected 2, one for each x',
  ],
  [
    'a value that is no number',
    (wrong) => Object.assign(wrong.items[1]!.series![0]!, { values: [1, Number.NaN] }),
    'values[1] is null; expected a number or null',
  ],
  [
    'a row with too many cells',
    (wrong) => wrong.items[2]!.rows!.push([1, 2, 3] as never),
    'rows[2] is "3 cells"; expected 2 cells',
  ],
])('a section with %s is refused, and where it is wrong is said', (_, spoil, message) => {
  const wrong = structuredClone(section);
  spoil(wrong);
  expect(() => checkReportSection(wrong)).toThrow(message);
});

test.each([null, 3, 'section', []])('%j is no section', (value) => {
  expect(() => checkReportSection(value)).toThrow('expected an object');
});

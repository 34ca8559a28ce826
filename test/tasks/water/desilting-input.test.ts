import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { foldHeader } from '../../../src/core/text.js';
import { rowChecker } from '../../../src/intake/check-row.js';
import desilting from '../../../src/tasks/water/desilting.js';
import { desiltingColumns, desiltingInput } from '../../../src/tasks/water/desilting-input.js';
import { desiltingOptions } from '../../../src/tasks/water/desilting-options.js';

function issuesOf(row: Record<string, unknown>) {
  const { error } = desiltingInput.safeParse(row);
  return (error?.issues ?? []).map((issue) => ({
    field: issue.path.join('.'),
    message: issue.message,
  }));
}

describe('a row', () => {
  test('of numbers and text is taken as it is', () => {
    const row = { latitude: 24.1, longitude: 72.4, Village: 'Vadi', slit_excavated: '120', Taluka: null };
    expect(desiltingInput.parse(row)).toEqual(row);
  });

  test.each([
    [{ latitude: null, longitude: 72 }, 'latitude'],
    [{ latitude: 24, longitude: null }, 'longitude'],
    [{ latitude: null, longitude: null }, 'latitude'],
  ])('with a blank coordinate has the original’s reason, once: %j', (row, field) => {
    expect(issuesOf(row)).toMatchObject([{ field, message: 'Latitude or Longitude missing' }]);
  });

  test('off the globe says what was found and expected', () => {
    expect(issuesOf({ latitude: 24, longitude: 272.4 })).toEqual([
      {
        field: 'longitude',
        message: 'Longitude must be from -180 to 180 degrees, found 272.4',
      },
    ]);
    expect(issuesOf({ latitude: 137.76, longitude: 113 })).toEqual([
      {
        field: 'latitude',
        message: 'Latitude must be from -90 to 90 degrees, found 137.76',
      },
    ]);
  });

  test('with text for a number names it', () => {
    expect(issuesOf({ latitude: '37,76N', longitude: 72 })).toMatchObject([
      {
        field: 'latitude',
        message: 'Latitude must be a number of decimal degrees from -90 to 90, found "37,76N"',
      },
    ]);
  });
});

test('both coordinate columns are required, the others are not, and blanks are for the row to judge', () => {
  const schema = z.toJSONSchema(desiltingInput, { io: 'input' });
  expect(schema.required).toEqual(['latitude', 'longitude']);
  expect(schema.properties?.latitude).toMatchObject({ type: ['number', 'null'] });
});

test('no spelling stands for two fields', () => {
  const spellings = Object.entries(desiltingColumns).flatMap(([field, list]) => [
    ...new Set([field, ...list].map(foldHeader)),
  ]);
  expect(new Set(spellings).size).toBe(spellings.length);
});

describe('options', () => {
  test('have the original’s numbers as defaults', () => {
    expect(desiltingOptions.parse({})).toMatchObject({
      searchRadiusM: 1500,
      minWaterYears: 2,
      matchRadiusM: 100,
      closestWaterPixel: true,
      waterbodyMatch: 'nearest',
    });
  });

  test('come as text from flags', () => {
    expect(
      desiltingOptions.parse({ searchRadiusM: '900', minWaterYears: '1', closestWaterPixel: 'false' }),
    ).toMatchObject({
      searchRadiusM: 900,
      minWaterYears: 1,
      closestWaterPixel: false,
    });
  });

  test.each([
    { radius: 3 },
    { searchRadiusM: -1 },
    { searchRadiusM: 'far' },
    { minWaterYears: 1.5 },
    { waterbodyMatch: 'last' },
    { closestWaterPixel: 'perhaps' },
  ])('that make no sense are refused: %j', (given) => {
    expect(desiltingOptions.safeParse(given).success).toBe(false);
  });

  test('can be shown as a JSON schema', () => {
    const shown = Object.keys(z.toJSONSchema(desiltingOptions, { io: 'input' }).properties ?? {});
    expect(shown).toEqual(expect.arrayContaining(['searchRadiusM', 'waterbodyMatch', 'steps']));
    expect(shown).toEqual(Object.keys(desiltingOptions.shape));
  });
});

test('a sheet’s swapped coordinates are suggested, not applied', () => {
  const headers = ['Latitude (N)', 'Long', 'Name of the waterbody '];
  const check = rowChecker(desilting, {
    file: 'sheet.csv',
    path: '/sheet.csv',
    format: 'csv',
    sha256: '',
    bytes: 0,
    headerRow: 1,
    columns: headers.map((header, index) => ({
      index,
      letter: 'ABC'[index]!,
      header,
      field: ['latitude', 'longitude', 'waterbody_name'][index]!,
    })),
  });
  const [issue] = check({ number: 2, cells: [113.2, '24.5', 'Vadi tank'] }).issues;
  expect(issue).toMatchObject({
    field: 'latitude',
    message: 'Latitude must be from -90 to 90 degrees, found 113.2',
  });
  expect(issue?.hint).toContain('swapped');
  expect(check({ number: 3, cells: [' 24.5 ', '72.4', 12] }).input).toEqual({
    latitude: 24.5,
    longitude: 72.4,
    waterbody_name: '12',
  });
  expect(check({ number: 4, cells: [null, 72.4, null] }).issues).toMatchObject([
    { field: 'latitude', message: 'Latitude or Longitude missing' },
  ]);
});

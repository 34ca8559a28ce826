import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { CellValue, SourceInfo, SourceRow } from '../../src/core/row.js';
import type { AnyTask } from '../../src/core/task.js';
import { rowChecker } from '../../src/intake/check-row.js';
import { fieldSpecs } from '../../src/intake/field-spec.js';
import { nameColumns } from '../../src/intake/header-row.js';
import { pointsTask } from './points-task.js';

function infoOf(task: AnyTask, headers: string[], format: SourceInfo['format'] = 'xlsx'): SourceInfo {
  const letterOf = format === 'ndjson' ? (_: number, header: string) => header : undefined;
  const columns = nameColumns(headers, fieldSpecs(task), { where: 'it', ...(letterOf && { letterOf }) });
  return { file: 'f', path: '/f', format, sha256: '', bytes: 1, sheet: 'S', headerRow: 1, columns };
}

function taskOf(input: z.ZodType): AnyTask {
  return { name: 't', version: 1, title: '', input: input as AnyTask['input'], run: () => {} };
}

/** Checks one row, number 17, of a sheet with these headers. */
function check(task: AnyTask, row: Record<string, CellValue>, more: Partial<SourceRow> = {}) {
  return rowChecker(task, infoOf(task, Object.keys(row)))({ number: 17, cells: Object.values(row), ...more });
}

/** The one issue of a one-column row. */
function issueOf(schema: z.ZodType, value: CellValue) {
  const { issues } = check(taskOf(z.object({ a: schema })), { a: value });
  expect(issues).toHaveLength(1);
  return issues[0]!;
}

function inputOf(schema: z.ZodType, value: CellValue) {
  const { input, issues } = check(taskOf(z.object({ a: schema })), { a: value });
  expect(issues).toEqual([]);
  return input;
}

describe('a row that is right', () => {
  it('becomes the input of the task, beside all of its cells as they were', () => {
    const checked = check(pointsTask, {
      'Name of the waterbody ': ' Tank A ',
      Lat: ' 37,76 ',
      Lon: '73.2',
      note: null,
    });
    expect(checked).toEqual({
      number: 17,
      cells: { 'Name of the waterbody ': ' Tank A ', Lat: ' 37,76 ', Lon: '73.2', note: null },
      input: { name: 'Tank A', latitude: 37.76, longitude: 73.2 },
      issues: [],
    });
  });

  it('carries its geometry and the row that it replaces', () => {
    const geometry = { type: 'Point', coordinates: [1, 2] };
    expect(check(pointsTask, { lat: 1, lon: 2 }, { geometry, replacesRow: 9 })).toMatchObject({
      geometry,
      replacesRow: 9,
    });
  });

  it('keeps every column under a name of its own', () => {
    const task = pointsTask;
    const checked = rowChecker(
      task,
      infoOf(task, ['lat', 'lon', 'note', '', 'note', 'note (2)']),
    )({ number: 2, cells: [1, 2, 'a', 'b', 'c', 'd'] });
    expect(checked.cells).toEqual({
      lat: 1,
      lon: 2,
      note: 'a',
      D: 'b',
      'note (2)': 'c',
      'note (2) (2)': 'd',
    });
    const proto = rowChecker(
      task,
      infoOf(task, ['lat', 'lon', '__proto__']),
    )({ number: 2, cells: [1, 2, 'x'] });
    expect(Object.entries(proto.cells)).toContainEqual(['__proto__', 'x']);
  });

  it.each<[string, z.ZodType, CellValue, unknown]>([
    ['number as text', z.number(), '1,234.5', 1234.5],
    ['whole number', z.int(), '12', 12],
    ['number for text', z.string(), 2021, '2021'],
    ['boolean for text', z.string(), true, 'true'],
    ['yes', z.boolean(), ' Yes ', true],
    ['0', z.boolean(), 0, false],
    ['list', z.array(z.number()), '[1, 2]', [1, 2]],
    ['number or text', z.union([z.number(), z.string()]), '12', '12'],
    ['ISO date', z.iso.date(), '2024-06-01', '2024-06-01'],
    ['Date object', z.coerce.date(), '2024-06-01T08:30:00', '2024-06-01T08:30:00.000Z'],
  ])('converts by the type of the field: %s', (_, schema, cell, value) =>
    expect(inputOf(schema, cell)).toEqual({ a: value }));

  it('gives null for a blank cell where the schema takes null, and nothing where it does not', () => {
    expect(inputOf(z.string().nullable(), '  ')).toEqual({ a: null });
    expect(inputOf(z.string().optional(), '  ')).toEqual({});
    expect(inputOf(z.number().nullish(), null)).toEqual({ a: null });
    expect(inputOf(z.number().default(5), null)).toEqual({});
    expect(check(pointsTask, { lat: 1, lon: 2 }).input).toEqual({ latitude: 1, longitude: 2 });
  });

  it('gives input that passes the schema again, though the schema transforms it', () => {
    const schema = z.object({ a: z.string().transform((text) => text.length) });
    const { input } = check(taskOf(schema), { a: 'abc' });
    expect(input).toEqual({ a: 'abc' });
    expect(schema.parse(input)).toEqual({ a: 3 });
  });

  it('passes the other columns on to a schema that is open', () => {
    expect(check(taskOf(z.looseObject({ a: z.number() })), { a: '1', 'Other one': 'x' }).input).toEqual({
      a: 1,
      'Other one': 'x',
    });
  });
});

describe('a cell that is wrong', () => {
  it('is named with its value, the rule and what was expected', () => {
    expect(check(pointsTask, { name: 'A', lat: 137.76, lon: 200 })).toEqual({
      number: 17,
      cells: { name: 'A', lat: 137.76, lon: 200 },
      issues: [
        {
          field: 'latitude',
          cell: 'B17',
          value: '137.76',
          code: 'CELL_RANGE',
          message: 'latitude is 137.76; expected at most 90',
        },
        {
          field: 'longitude',
          cell: 'C17',
          value: '200',
          code: 'CELL_RANGE',
          message: 'longitude is 200; expected at most 180',
        },
      ],
    });
  });

  it('is named by its column where the format has no letters', () => {
    const checked = rowChecker(
      pointsTask,
      infoOf(pointsTask, ['Lat', 'lon'], 'ndjson'),
    )({ number: 3, cells: [137, 2] });
    expect(checked.issues[0]).toMatchObject({ cell: 'Lat' });
  });

  it.each<[string, z.ZodType, CellValue, string, string]>([
    ['blank', z.number(), null, 'CELL_MISSING', 'a is missing; expected a number'],
    ['blank text', z.string(), '  ', 'CELL_MISSING', 'a is missing; expected text'],
    ['text for a number', z.number(), 'about 12', 'CELL_TYPE', 'a is "about 12"; expected a number'],
    ['a fraction', z.int(), 3.5, 'CELL_TYPE', 'a is 3.5; expected a whole number'],
    ['below', z.number().min(0), -1, 'CELL_RANGE', 'a is -1; expected at least 0'],
    ['not above', z.number().gt(0), 0, 'CELL_RANGE', 'a is 0; expected more than 0'],
    ['no multiple', z.number().multipleOf(5), 7, 'CELL_RANGE', 'a is 7; expected a multiple of 5'],
    ['too short', z.string().min(3), 'ab', 'CELL_RANGE', 'a is "ab"; expected at least 3 characters'],
    ['no boolean', z.boolean(), 'perhaps', 'CELL_TYPE', 'a is "perhaps"; expected yes or no'],
    ['no e-mail', z.email(), 'x', 'CELL_FORMAT', 'a is "x"; expected an e-mail address'],
    ['no date', z.iso.date(), 'soon', 'CELL_FORMAT', 'a is "soon"; expected a date as YYYY-MM-DD'],
    ['no Date object', z.date(), 'soon', 'CELL_TYPE', 'a is "soon"; expected a date (YYYY-MM-DD)'],
    [
      'a pattern',
      z.string().regex(/^[A-Z]+$/),
      'x',
      'CELL_FORMAT',
      'a is "x"; expected text that matches /^[A-Z]+$/',
    ],
    [
      'not in the list',
      z.enum(['Gujarat', 'Goa']),
      'Kerala',
      'CELL_VALUE',
      'a is "Kerala"; expected one of "Gujarat", "Goa"',
    ],
    [
      'of no branch',
      z.union([z.number(), z.boolean()]),
      'x',
      'CELL_TYPE',
      'a is "x"; expected a number or yes or no',
    ],
    [
      'a rule without words',
      z.number().refine(() => false),
      1,
      'CELL_RULE',
      'a is 1; expected a value that the task accepts',
    ],
  ])('is described in plain words: %s', (_, schema, cell, code, message) =>
    expect(issueOf(schema, cell)).toMatchObject({ code, message }));

  it('keeps the words that the task gives, as they are', () => {
    const schema = z.object({
      latitude: z.number({ error: 'Latitude or Longitude missing' }).max(90, { error: 'too far north' }),
      year: z
        .number()
        .nullable()
        .refine((year) => year !== null, 'no year'),
    });
    const messages = (row: Record<string, CellValue>) =>
      check(taskOf(schema), row).issues.map((issue) => issue.message);
    expect(messages({ latitude: null, year: null })).toEqual(['Latitude or Longitude missing', 'no year']);
    expect(messages({ latitude: 91, year: 1 })).toEqual(['too far north']);
  });

  it('is named by a rule about the whole row that names a field, or else by the row', () => {
    const ends = z.object({ from: z.number(), to: z.number() });
    const named = taskOf(
      ends.refine((row) => row.from < row.to, { message: 'from is not before to', path: ['to'] }),
    );
    expect(check(named, { from: 2, to: 1 }).issues).toEqual([
      { field: 'to', cell: 'B17', value: '1', code: 'CELL_RULE', message: 'from is not before to' },
    ]);
    const unnamed = taskOf(ends.refine((row) => row.from < row.to, 'from is not before to'));
    expect(check(unnamed, { from: 2, to: 1 }).issues).toMatchObject([
      { field: '', cell: 'row 17', message: 'from is not before to' },
    ]);
  });

  it('is an error of the spreadsheet, told once, and only when the task reads it', () => {
    expect(check(pointsTask, { lat: '#N/A', lon: 2, note: '#REF!' }).issues).toEqual([
      {
        field: 'latitude',
        cell: 'A17',
        value: '#N/A',
        code: 'CELL_ERROR',
        message: 'latitude is the spreadsheet error #N/A; expected a value',
        hint: 'mend the formula, or type the value',
      },
    ]);
    expect(check(pointsTask, { lat: 1, lon: 2, note: '#REF!' }).issues).toEqual([]);
    expect(check(pointsTask, { lat: '#NOT_CALCULATED!', lon: 2 }).issues[0]?.message).toContain(
      'without a stored result',
    );
    expect(check(pointsTask, { lat: 1, lon: 2, name: '#DIV/0!' }).issues[0]).toMatchObject({
      field: 'name',
      code: 'CELL_ERROR',
    });
  });

  it('comes with what its writer may have meant, which is never applied', () => {
    const hint = (row: Record<string, CellValue>) => check(pointsTask, row).issues[0]?.hint;
    expect(hint({ lat: '37,76N', lon: 2 })).toBe('did you mean 37.76?');
    expect(hint({ lat: "37°45'N", lon: 2 })).toBe('did you mean 37.75?');
    expect(hint({ lat: '1,234', lon: 2 })).toBe('write 1234 or 1.234');
    expect(hint({ lat: 137.76, lon: '21,1' })).toBe(
      'latitude and longitude may be swapped: did you mean latitude 21.1, longitude 137.76?',
    );
    expect(hint({ lat: 137.76, lon: 137.7 })).toBeUndefined();
    expect(issueOf(z.enum(['Gujarat', 'Goa']), 'Gujrat').hint).toBe('did you mean "Gujarat"?');
    expect(issueOf(z.iso.date(), '24/6/2024').hint).toBe('did you mean 2024-06-24?');
    expect(issueOf(z.iso.date(), '1/6/2024').hint).toBe(
      'write it as YYYY-MM-DD; it could be 2024-06-01 or 2024-01-06',
    );
  });

  it('shows a long value short and on one line', () => {
    expect(issueOf(z.number(), `x\n${'y'.repeat(500)}`).value).toHaveLength(60);
  });
});

it('makes an invalid row of a line that could not be read', () => {
  const unreadable = { code: 'LINE_NOT_JSON', message: 'line 17 is not JSON' };
  const checked = check(pointsTask, { lat: null, lon: null }, { unreadable });
  expect(checked.issues).toEqual([{ field: '', cell: 'row 17', value: '', ...unreadable }]);
  expect(checked.input).toBeUndefined();
});

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AnyTask } from '../../src/core/task.js';
import { fieldSpecs, taskShape } from '../../src/intake/field-spec.js';

function taskOf(input: z.ZodType, columns?: Record<string, string[]>): AnyTask {
  return {
    name: 't',
    version: 1,
    title: '',
    input: input as AnyTask['input'],
    ...(columns && { columns }),
    run: () => {},
  };
}

describe('fieldSpecs', () => {
  it('gives each field its folded spellings, its own name first', () => {
    const task = taskOf(z.object({ waterbody_name: z.string() }), {
      waterbody_name: ['Name of the waterbody ', 'Waterbody-Name'],
    });
    expect(fieldSpecs(task)).toEqual([
      {
        name: 'waterbody_name',
        spellings: ['waterbody name', 'name of the waterbody'],
        type: 'string',
        required: true,
      },
    ]);
  });

  it('requires the column of a nullable field but not of an optional or defaulted one', () => {
    const specs = fieldSpecs(
      taskOf(
        z.object({
          a: z.number(),
          b: z.number().nullable(),
          c: z.number().optional(),
          d: z.number().nullish(),
          e: z.number().default(1),
        }),
      ),
    );
    expect(specs.map((field) => [field.name, field.required])).toEqual([
      ['a', true],
      ['b', true],
      ['c', false],
      ['d', false],
      ['e', false],
    ]);
  });

  it('tells the type of a cell from the schema, through null, coercion, choices and references', () => {
    const shared = z.number().meta({ id: 'Shared' });
    const specs = fieldSpecs(
      taskOf(
        z.object({
          number: z.number().nullable(),
          integer: z.int(),
          coerced: z.coerce.number(),
          text: z.string().nullish(),
          choice: z.enum(['a', 'b']),
          yes: z.boolean(),
          date: z.date(),
          isoDate: z.iso.date(),
          list: z.array(z.string()),
          either: z.union([z.string(), z.number()]),
          first: shared,
          second: shared,
        }),
      ),
    );
    expect(Object.fromEntries(specs.map((field) => [field.name, field.type]))).toEqual({
      number: 'number',
      integer: 'integer',
      coerced: 'number',
      text: 'string',
      choice: 'string',
      yes: 'boolean',
      date: 'date',
      isoDate: 'date',
      list: 'json',
      either: 'json',
      first: 'number',
      second: 'number',
    });
  });

  it('sees through refinements, transforms, intersections and discriminated unions', () => {
    const either = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a'), shared: z.string(), x: z.number() }),
      z.object({ kind: z.literal('b'), shared: z.string(), y: z.number() }),
    ]);
    const required = (input: z.ZodType) =>
      fieldSpecs(taskOf(input))
        .filter((field) => field.required)
        .map((field) => field.name);
    expect(required(z.object({ a: z.string() }).refine(() => true))).toEqual(['a']);
    expect(required(z.object({ a: z.string() }).transform((value) => value))).toEqual(['a']);
    expect(required(z.object({ a: z.string() }).and(z.object({ b: z.string() })))).toEqual(['a', 'b']);
    expect(required(either).sort()).toEqual(['kind', 'shared']);
    expect(
      fieldSpecs(taskOf(either))
        .map((field) => field.name)
        .sort(),
    ).toEqual(['kind', 'shared', 'x', 'y']);
  });

  it('knows a schema that takes any column', () => {
    expect(taskShape(taskOf(z.looseObject({ a: z.string() }))).open).toBe(true);
    expect(taskShape(taskOf(z.record(z.string(), z.unknown()))).open).toBe(true);
    expect(taskShape(taskOf(z.object({ a: z.string() }))).open).toBe(false);
    expect(taskShape(taskOf(z.strictObject({ a: z.string() }))).open).toBe(false);
  });
});

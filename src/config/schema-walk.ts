/** Reads facts out of the config's schema: which keys are known at a place, which leaves there are. */
import { z } from 'zod';
import { configSchema } from './schema.js';

export interface KeyFacts {
  description: string | undefined;
  examples: readonly unknown[];
}

/** Names known inside the object at `path`; empty where any name goes (`queues`) or nothing is known. */
export function knownKeys(path: readonly string[]): string[] {
  const schema = schemaAt(path);
  return schema === undefined ? [] : Object.keys(shapeOf(unwrap(schema)) ?? {});
}

/** Whether `path` can lead to a value. */
export function isKnownPath(path: readonly string[]): boolean {
  return schemaAt(path) !== undefined;
}

/** What the schema says of the key at `path`. */
export function keyFacts(path: readonly string[]): KeyFacts {
  const schema = schemaAt(path);
  const meta = schema === undefined ? undefined : z.globalRegistry.get(schema);
  return { description: meta?.description, examples: (meta?.examples as unknown[] | undefined) ?? [] };
}

/** What the key at `path` is when nobody sets it, as it would be written; undefined when that depends on other keys. */
export function defaultOf(path: readonly string[]): unknown {
  const schema = schemaAt(path);
  return schema instanceof z.ZodPrefault ? schema.def.defaultValue : undefined;
}

/** Paths of all keys that are not objects of known keys: `database`, `queues`, `retention.completed.age`, … */
export function leafPaths(path: readonly string[] = []): string[][] {
  return knownKeys(path).flatMap((name) => {
    const below = [...path, name];
    return knownKeys(below).length > 0 ? leafPaths(below) : [below];
  });
}

function schemaAt(path: readonly string[]): z.core.$ZodType | undefined {
  let schema: z.core.$ZodType | undefined = configSchema;
  for (const name of path) {
    if (schema === undefined) return undefined;
    schema = memberOf(unwrap(schema), name);
  }
  return schema;
}

function memberOf(schema: z.core.$ZodType, name: string): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodRecord) return schema.valueType;
  if (schema instanceof z.ZodUnion) {
    return schema.options
      .map((option) => memberOf(unwrap(option), name))
      .find((found) => found !== undefined);
  }
  const shape = shapeOf(schema);
  if (shape !== undefined && Object.hasOwn(shape, name)) return shape[name];
  return schema instanceof z.ZodObject ? schema.def.catchall && anyValue(schema.def.catchall) : undefined;
}

/** The schema of a name that is not declared: any value where such names are welcome, none where they are refused. */
function anyValue(catchall: z.core.$ZodType): z.core.$ZodType | undefined {
  return catchall instanceof z.ZodNever ? undefined : catchall;
}

function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  return schema instanceof z.ZodObject ? schema.shape : undefined;
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault) return unwrap(schema.def.innerType);
  return schema instanceof z.ZodPipe ? unwrap(schema.def.in) : schema;
}

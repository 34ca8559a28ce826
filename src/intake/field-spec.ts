/** What a task reads of a row, taken from its input schema and its header spellings. */
import { z } from 'zod';
import type { AnyTask } from '../core/task.js';
import { foldHeader } from '../core/text.js';

export interface FieldSpec {
  name: string;
  /** Folded headers that mean this field; the first is the field's own name. */
  spellings: readonly string[];
  /** What a cell is turned into before the schema sees it; `json` leaves scalars as they are. */
  type: 'number' | 'integer' | 'string' | 'boolean' | 'date' | 'json';
  /** The column must exist. Whether a cell of it may be blank is the schema's affair. */
  required: boolean;
}

/** A field as the row checker needs it. */
export interface FieldShape extends FieldSpec {
  /** The schema accepts null. */
  nullable: boolean;
  /** The schema wants a Date object, not ISO text. */
  dateObject: boolean;
}

export interface TaskShape {
  fields: FieldShape[];
  /** The schema also takes columns that it does not name (`z.looseObject`, `z.record`). */
  open: boolean;
}

/** The fields of `task`'s input, in the schema's order. */
export function fieldSpecs(task: AnyTask): FieldSpec[] {
  return taskShape(task).fields.map(({ name, spellings, type, required }) => ({
    name,
    spellings,
    type,
    required,
  }));
}

export function taskShape(task: AnyTask): TaskShape {
  const root = z.toJSONSchema(task.input, {
    io: 'input',
    unrepresentable: 'any',
    override: markDates,
  }) as Schema;
  const members = objectMembers(root, root);
  const fields = Object.entries(members.properties).map(([name, schema]): FieldShape => {
    const { type, nullable } = cellType(schema, root);
    const own: readonly string[] = task.columns?.[name] ?? [];
    return {
      name,
      spellings: [...new Set([name, ...own].map(foldHeader))],
      type: type === 'date-object' ? 'date' : type,
      required: members.required.has(name),
      nullable,
      dateObject: type === 'date-object',
    };
  });
  return { fields, open: members.open };
}

/** The part of JSON Schema that is looked at. */
interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

interface Members {
  properties: Record<string, Schema>;
  required: Set<string>;
  open: boolean;
}

const DATE_OBJECT = 'x-date-object';

function markDates(context: { zodSchema: z.core.$ZodType; jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (context.zodSchema._zod.def.type === 'date') context.jsonSchema.format = DATE_OBJECT;
}

/** Members of an object schema; of `allOf` the union; of a choice the union, required where every branch requires it. */
function objectMembers(schema: Schema, root: Schema): Members {
  const own = resolve(schema, root);
  const members: Members = {
    properties: { ...own.properties },
    required: new Set(own.required),
    open: own.additionalProperties !== undefined && own.additionalProperties !== false,
  };
  for (const part of own.allOf ?? []) {
    const more = objectMembers(part, root);
    members.properties = { ...members.properties, ...more.properties };
    members.required = new Set([...members.required, ...more.required]);
    members.open ||= more.open;
  }
  const branches = (own.anyOf ?? own.oneOf ?? []).map((branch) => objectMembers(branch, root));
  const [first] = branches;
  if (first === undefined) return members;
  for (const branch of branches) {
    members.properties = { ...branch.properties, ...members.properties };
    members.open ||= branch.open;
  }
  for (const name of first.required) {
    if (branches.every((branch) => branch.required.has(name))) members.required.add(name);
  }
  return members;
}

function cellType(
  schema: Schema,
  root: Schema,
): { type: FieldSpec['type'] | 'date-object'; nullable: boolean } {
  const own = resolve(schema, root);
  const branches = own.anyOf ?? own.oneOf;
  if (branches !== undefined) {
    const types = branches.map((branch) => cellType(branch, root));
    const named = new Set(branches.flatMap((branch, i) => (isNull(branch, root) ? [] : [types[i]!.type])));
    const [only] = named;
    const numeric = [...named].every((type) => type === 'number' || type === 'integer');
    return {
      type: named.size === 1 ? only! : named.size > 1 && numeric ? 'number' : 'json',
      nullable: types.some((type) => type.nullable),
    };
  }
  if (own.format === DATE_OBJECT) return { type: 'date-object', nullable: false };
  const types = [own.type ?? impliedType(own)].flat();
  const named = types.filter((type) => type !== 'null');
  const nullable = types.includes('null') || types.includes('any');
  if (named.length !== 1) return { type: 'json', nullable };
  if (named[0] === 'string' && (own.format === 'date' || own.format === 'date-time'))
    return { type: 'date', nullable };
  const plain = (['number', 'integer', 'string', 'boolean'] as const).find((type) => type === named[0]);
  return { type: plain ?? 'json', nullable };
}

/** The type of a schema that names only values, or `any` when it says nothing at all. */
function impliedType(schema: Schema): string[] {
  const values = schema.enum ?? ('const' in schema ? [schema.const] : undefined);
  if (values === undefined) return ['any'];
  return [...new Set(values.map((value) => (value === null ? 'null' : typeof value)))];
}

function isNull(schema: Schema, root: Schema): boolean {
  return resolve(schema, root).type === 'null';
}

function resolve(schema: Schema, root: Schema): Schema {
  const name =
    schema.$ref?.startsWith('#/$defs/') === true ? schema.$ref.slice('#/$defs/'.length) : undefined;
  return (name === undefined ? undefined : root.$defs?.[name]) ?? schema;
}

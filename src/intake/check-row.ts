/** Matches rows of a file to a task: cells become the task's input, and whatever is wrong names its cell. */
import type { z } from 'zod';
import { cellKeys } from '../core/cell-keys.js';
import type { CellIssue, CellValue, CheckedRow, Column, SourceInfo, SourceRow } from '../core/row.js';
import type { AnyTask } from '../core/task.js';
import { shorten } from '../core/text.js';
import { cellHint } from './cell-hint.js';
import { cellInput } from './cell-input.js';
import { isBlank, isErrorValue, NOT_CALCULATED } from './cell-value.js';
import { type FieldShape, taskShape } from './field-spec.js';
import { rule } from './rule-text.js';

/** Code of an issue whose message the task itself gives. */
const OWN_RULE = 'CELL_RULE';

/**
 * A checker for rows of the file that `info` describes; it is compiled once and never throws for a row. `input` is
 * what the schema is given, not what it makes of it: it is JSON, has no defaults filled in, and passes the schema again.
 */
export function rowChecker(task: AnyTask, info: SourceInfo): (row: SourceRow) => CheckedRow {
  const plan = rowPlan(task, info);
  return (row) => {
    const { number, geometry, replacesRow } = row;
    const checked = {
      number,
      cells: namedCells(row, plan.keys),
      ...(geometry === undefined ? {} : { geometry }),
      ...(replacesRow === undefined ? {} : { replacesRow }),
    };
    if (row.unreadable !== undefined) return { ...checked, issues: [unreadableIssue(row, row.unreadable)] };
    const { input, issues } = rowInput(row, plan);
    const parsed = (task.input as z.ZodType).safeParse(input, { error: ruleMessage });
    const refused = parsed.success ? [] : schemaIssues(parsed.error.issues, row, plan, issues);
    const all = [...issues, ...refused];
    return all.length === 0
      ? { ...checked, input: jsonInput(input, plan), issues: all }
      : { ...checked, issues: all };
  };
}

/** A task whose input has this field is given the feature's own geometry in it. */
const GEOMETRY = 'geometry';

interface PlannedField {
  shape: FieldShape;
  /** Absent when the file has no such column. */
  column: Column | undefined;
}

interface RowPlan {
  fields: PlannedField[];
  byName: Map<string, PlannedField>;
  /** Columns that an open schema also takes, with the name it takes them by. */
  rest: { index: number; key: string }[];
  /** Name of each column among a row's cells. */
  keys: string[];
  lettered: boolean;
  hasDates: boolean;
}

function rowPlan(task: AnyTask, info: SourceInfo): RowPlan {
  const { fields: shapes, open } = taskShape(task);
  const keys = cellKeys(info.columns);
  const fields = shapes.map((shape) => ({
    shape,
    column: info.columns.find((column) => column.field === shape.name),
  }));
  const rest = open ? info.columns.filter((column) => column.field === undefined) : [];
  return {
    fields,
    byName: new Map(fields.map((field) => [field.shape.name, field])),
    rest: rest.map((column) => ({ index: column.index, key: keys[column.index]! })),
    keys,
    lettered: info.format === 'xlsx' || info.format === 'csv',
    hasDates: shapes.some((shape) => shape.dateObject),
  };
}

function namedCells(row: SourceRow, keys: readonly string[]): Record<string, CellValue> {
  const cells: Record<string, CellValue> = {};
  for (let i = 0; i < keys.length; i++) setOwn(cells, keys[i]!, row.cells[i] ?? null);
  return cells;
}

function rowInput(row: SourceRow, plan: RowPlan): { input: Record<string, unknown>; issues: CellIssue[] } {
  const input: Record<string, unknown> = {};
  const issues: CellIssue[] = [];
  for (const field of plan.fields) {
    const { shape, column } = field;
    const cell = column === undefined ? null : (row.cells[column.index] ?? null);
    if (isErrorValue(cell)) issues.push(errorCellIssue(field, row, cell, plan));
    const value = cellInput(cell, shape);
    if (value !== null || (shape.nullable && column !== undefined)) setOwn(input, shape.name, value);
  }
  for (const { index, key } of plan.rest) setOwn(input, key, row.cells[index] ?? null);
  if (row.geometry != null && plan.byName.has(GEOMETRY) && input[GEOMETRY] == null) {
    input[GEOMETRY] = row.geometry;
  }
  return { input, issues };
}

/** A header may be called `__proto__`. */
function setOwn<Value>(target: Record<string, Value>, key: string, value: Value): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

function jsonInput(input: Record<string, unknown>, plan: RowPlan): Record<string, unknown> {
  if (!plan.hasDates) return input;
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]),
  );
}

/** Zod asks for a message only where the task gave none. */
function ruleMessage(issue: z.core.$ZodRawIssue): string {
  return `${BUILT_IN}${rule(issue).expected}`;
}

const BUILT_IN = '\u0000expected ';

function schemaIssues(
  found: z.core.$ZodIssue[],
  row: SourceRow,
  plan: RowPlan,
  before: readonly CellIssue[],
): CellIssue[] {
  const told = new Set(before.map((issue) => issue.field));
  const issues: CellIssue[] = [];
  for (const issue of found) {
    const name = String(issue.path[0] ?? '');
    if (told.has(name)) continue;
    const field = plan.byName.get(name);
    issues.push(field === undefined ? rowIssue(issue, row, name) : fieldIssue(issue, field, row, plan));
  }
  return issues;
}

function fieldIssue(issue: z.core.$ZodIssue, field: PlannedField, row: SourceRow, plan: RowPlan): CellIssue {
  const { shape, column } = field;
  const cell = column === undefined ? null : (row.cells[column.index] ?? null);
  const missing = isBlank(cell);
  const builtIn = issue.message.startsWith(BUILT_IN);
  const value = shorten(String(cell ?? ''));
  const expected = issue.message.slice(1);
  const cellOf = (other: FieldShape) => row.cells[plan.byName.get(other.name)?.column?.index ?? -1] ?? null;
  const shapes = plan.fields.map((one) => one.shape);
  const hint = missing ? undefined : cellHint(issue, shape, cell, shapes, cellOf);
  return {
    field: shape.name,
    cell: cellName(column, row, plan),
    value,
    code: missing ? 'CELL_MISSING' : builtIn ? rule(issue).code : ownCode(issue),
    message: builtIn ? `${shape.name} is ${missing ? 'missing' : shown(cell)}; ${expected}` : issue.message,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** A built-in rule keeps its code when the task words it. */
function ownCode(issue: z.core.$ZodIssue): string {
  return issue.code === 'custom' ? OWN_RULE : rule(issue).code;
}

/** An issue of the row as a whole, or of a member that is no field. */
function rowIssue(issue: z.core.$ZodIssue, row: SourceRow, name: string): CellIssue {
  const message = issue.message.startsWith(BUILT_IN)
    ? `row ${row.number}: ${issue.message.slice(1)}`
    : issue.message;
  return { field: name, cell: `row ${row.number}`, value: '', code: OWN_RULE, message };
}

function errorCellIssue(
  { shape, column }: PlannedField,
  row: SourceRow,
  cell: string,
  plan: RowPlan,
): CellIssue {
  const uncalculated = cell === NOT_CALCULATED;
  return {
    field: shape.name,
    cell: cellName(column, row, plan),
    value: cell,
    code: 'CELL_ERROR',
    message: uncalculated
      ? `${shape.name} is a formula without a stored result; expected a value`
      : `${shape.name} is the spreadsheet error ${cell}; expected a value`,
    hint: uncalculated
      ? 'open the workbook in a spreadsheet program and save it'
      : 'mend the formula, or type the value',
  };
}

function unreadableIssue(row: SourceRow, reason: { code: string; message: string }): CellIssue {
  return { field: '', cell: `row ${row.number}`, value: '', ...reason };
}

function cellName(column: Column | undefined, row: SourceRow, plan: RowPlan): string {
  if (column === undefined) return `row ${row.number}`;
  return plan.lettered ? `${column.letter}${row.number}` : column.letter;
}

function shown(cell: CellValue): string {
  return typeof cell === 'string' ? `"${shorten(cell)}"` : String(cell);
}

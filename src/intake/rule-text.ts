/** What a schema's built-in rule expected, in plain words. Rules with a message of their own never come here. */
import type { z } from 'zod';
import { shorten } from '../core/text.js';

export interface Rule {
  /** Stable: CELL_MISSING, CELL_TYPE, CELL_RANGE, CELL_FORMAT, CELL_VALUE, CELL_RULE. */
  code: string;
  /** `at most 90`, `a number`. */
  expected: string;
}

type Issue = z.core.$ZodRawIssue | z.core.$ZodIssue;

const TYPES: Record<string, string> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text',
  boolean: 'yes or no',
  date: 'a date (YYYY-MM-DD)',
  array: 'a JSON list',
  object: 'a JSON object',
  record: 'a JSON object',
  null: 'a blank cell',
  undefined: 'a blank cell',
};

const FORMATS: Record<string, string> = {
  email: 'an e-mail address',
  url: 'a web address (https://…)',
  uuid: 'a UUID',
  date: 'a date as YYYY-MM-DD',
  datetime: 'a date and time as YYYY-MM-DDTHH:MM:SSZ',
  time: 'a time as HH:MM:SS',
  e164: 'a phone number with country code (+91…)',
};

export function rule(issue: Issue): Rule {
  switch (issue.code) {
    case 'invalid_type':
      return { code: 'CELL_TYPE', expected: TYPES[issue.expected] ?? `a value of type ${issue.expected}` };
    case 'too_big':
      return {
        code: 'CELL_RANGE',
        expected: bound(issue.inclusive === false ? 'less than' : 'at most', issue.maximum, issue.origin),
      };
    case 'too_small':
      return {
        code: 'CELL_RANGE',
        expected: bound(issue.inclusive === false ? 'more than' : 'at least', issue.minimum, issue.origin),
      };
    case 'not_multiple_of':
      return { code: 'CELL_RANGE', expected: `a multiple of ${issue.divisor}` };
    case 'invalid_format':
      return { code: 'CELL_FORMAT', expected: format(issue) };
    case 'invalid_value':
      return { code: 'CELL_VALUE', expected: oneOf(issue.values) };
    case 'invalid_union':
      return { code: 'CELL_TYPE', expected: choice(issue.errors ?? []) };
    default:
      return { code: 'CELL_RULE', expected: 'a value that the task accepts' };
  }
}

function bound(words: string, limit: number | bigint, origin: string): string {
  if (origin === 'string') return `${words} ${limit} characters`;
  if (origin === 'array' || origin === 'set') return `${words} ${limit} items`;
  if (origin === 'date')
    return `${words.replace('at most', 'no later than').replace('at least', 'no earlier than')} ${day(limit)}`;
  return `${words} ${limit}`;
}

function day(limit: number | bigint): string {
  return new Date(Number(limit)).toISOString().slice(0, 10);
}

function format(issue: {
  format: string;
  pattern?: string | undefined;
  prefix?: string;
  suffix?: string;
  includes?: string;
}): string {
  if (issue.format === 'regex') return `text that matches ${issue.pattern}`;
  if (issue.format === 'starts_with') return `text that begins with "${issue.prefix}"`;
  if (issue.format === 'ends_with') return `text that ends with "${issue.suffix}"`;
  if (issue.format === 'includes') return `text that contains "${issue.includes}"`;
  return FORMATS[issue.format] ?? `a valid ${issue.format}`;
}

const SHOWN_VALUES = 12;

function oneOf(values: readonly unknown[]): string {
  const shown = values
    .slice(0, SHOWN_VALUES)
    .map((value) => (typeof value === 'string' ? `"${shorten(value, 40)}"` : String(value)));
  if (values.length === 1) return shown[0]!;
  const more = values.length - shown.length;
  return `one of ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The first issue of each branch of a union; null is a blank cell and needs no words. */
function choice(errors: readonly (readonly Issue[])[]): string {
  const expected = errors.flatMap((issues) => issues.slice(0, 1).map((issue) => rule(issue).expected));
  const words = [...new Set(expected)].filter((text) => text !== TYPES.null && text !== TYPES.undefined);
  return words.join(' or ') || 'a value that the task accepts';
}

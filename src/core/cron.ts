/** Cron expressions: which times of the clock they name. Time zones are none of their business: see schedule-times. */
import { createRequire } from 'node:module';
import type { CronExpression } from 'cron-parser';
import { InputError } from './error.js';

/** Loaded when the first expression is read: most commands read none, and it takes its time. */
const require = createRequire(import.meta.url);

export interface Cron {
  /** The first time after `afterMs` that the expression names; both as clocks show it, kept as if it were UTC. Undefined: none ever. */
  next(afterMs: number): number | undefined;
  /** It names minutes (or seconds) of every hour, and no hour in particular. */
  readonly isEveryHour: boolean;
}

interface Field {
  name: string;
  min: number;
  max: number;
  /** Names that may stand for numbers. */
  words: readonly string[];
  expected: string;
}

const FORMS = 'as numbers, ranges (1-5), lists (1,15) and steps (*/10)';
const FIELDS: readonly Field[] = [
  { name: 'second', min: 0, max: 59, words: [], expected: `0 to 59, ${FORMS}` },
  { name: 'minute', min: 0, max: 59, words: [], expected: `0 to 59, ${FORMS}` },
  { name: 'hour', min: 0, max: 23, words: [], expected: `0 to 23, ${FORMS}` },
  {
    name: 'day of the month',
    min: 1,
    max: 31,
    words: ['l'],
    expected: `1 to 31 or L for the last day, ${FORMS}`,
  },
  {
    name: 'month',
    min: 1,
    max: 12,
    words: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
    expected: `1 to 12 or jan to dec, ${FORMS}`,
  },
  {
    name: 'day of the week',
    min: 0,
    max: 7,
    words: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'l'],
    expected: `0 to 7 (both are Sunday) or sun to sat, 5#2 for the second Friday, 5L for the last one, ${FORMS}`,
  },
];

/** Those of crontab(5). */
const NICKNAMES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/**
 * Five fields (minute, hour, day of the month, month, day of the week), six with seconds before them, or a nickname such
 * as `@daily`. When both days are restricted either is enough, as in crontab(5).
 * @throws {InputError} CRON_INVALID, naming the field
 */
export function parseCron(text: string): Cron {
  const fields = fieldsOf(text);
  for (const [index, field] of FIELDS.entries()) checkField(text, field, fields, index);
  const expression = parse(fields);
  if (expression === undefined || nextOf(expression, Date.UTC(2000, 0, 1)) === undefined) {
    throw invalid(
      text,
      `no ${fields[4]} month ever has such a day (${fields[3]} ${fields[4]} ${fields[5]})`,
      {
        field: 'day of the month',
      },
    );
  }
  return {
    isEveryHour: expression.fields.hour.values.length === 24,
    next: (afterMs) => nextOf(expression, afterMs),
  };
}

/** Six of them. */
function fieldsOf(text: string): string[] {
  const fields = (NICKNAMES[text.trim().toLowerCase()] ?? text.trim()).split(/\s+/);
  if (text.trim().startsWith('@') && fields.length === 1) {
    throw invalid(text, `there is no such nickname; expected one of ${Object.keys(NICKNAMES).join(', ')}`);
  }
  if (fields.length !== 5 && fields.length !== 6) {
    const found = text.trim() === '' ? 0 : fields.length;
    throw invalid(
      text,
      `it has ${found} fields; expected 5 (minute, hour, day of the month, month, day of the week), or 6 with seconds first`,
    );
  }
  return fields.length === 6 ? fields : ['0', ...fields];
}

/** The parser takes any three letters for a name, `H` for a random value, and a step that is never reached. */
function checkField(text: string, field: Field, fields: readonly string[], index: number): void {
  const value = fields[index]!;
  const words = value.toLowerCase().match(/[a-z]+/g) ?? [];
  const steps = [...value.matchAll(/\/(\d+)/g)].map(([, step]) => Number(step));
  const alone = FIELDS.map((_, other) => (other === index ? value : '*'));
  const isUsable =
    words.every((word) => field.words.includes(word)) &&
    steps.every((step) => step <= field.max - field.min) &&
    parse(alone) !== undefined;
  if (!isUsable) {
    throw invalid(text, `the ${field.name} is "${value}"; expected ${field.expected}`, {
      field: field.name,
      found: value,
    });
  }
}

function parse(fields: readonly string[]): CronExpression | undefined {
  try {
    const { CronExpressionParser } = require('cron-parser') as typeof import('cron-parser');
    return CronExpressionParser.parse(fields.join(' '), { tz: 'UTC', currentDate: new Date(0) });
  } catch {
    return undefined;
  }
}

function nextOf(expression: CronExpression, afterMs: number): number | undefined {
  expression.reset(new Date(afterMs));
  try {
    return expression.next().getTime();
  } catch {
    // Its one error here: it has looked through all the years that it is ready to look through.
    return undefined;
  }
}

function invalid(text: string, problem: string, details: Record<string, unknown> = {}): InputError {
  return new InputError(`cron "${text}" cannot be used: ${problem}`, {
    code: 'CRON_INVALID',
    hint: 'for example "30 2 * * *" is 02:30 every day, "0 9 * * mon-fri" 09:00 on weekdays',
    details: { found: text, ...details },
  });
}

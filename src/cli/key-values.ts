/** `name=text`, `name:=json` and `name=@file`, as typed on the command line. */
import { readFileSync } from 'node:fs';
import { UsageError } from '../core/error.js';

/** @throws {UsageError} naming the argument and what it should look like */
export function parseKeyValues(typed: readonly string[]): Record<string, unknown> {
  const values = new Map<string, unknown>();
  for (const text of typed) {
    const [name, value] = parseKeyValue(text);
    if (values.has(name)) throw givenTwice(name);
    values.set(name, value);
  }
  return Object.fromEntries(values);
}

function givenTwice(name: string): UsageError {
  return new UsageError(`${name} is given twice, and one of the two would be lost`, {
    code: 'ARGUMENT_INVALID',
    hint: `write one; a list is ${name}:=["a","b"]`,
  });
}

function parseKeyValue(text: string): [string, unknown] {
  const match = /^([A-Za-z_][\w.-]*)(:?=)([\s\S]*)$/.exec(text);
  if (match === null) {
    throw new UsageError(`"${text}" is not name=value`, {
      code: 'ARGUMENT_INVALID',
      hint: 'write name=text, name:=json (count:=3, list:=[1,2]) or name=@file.json',
    });
  }
  const [, name, sign, value] = match as unknown as [string, string, string, string];
  if (sign === ':=') return [name, parseJson(name, value)];
  return [name, value.startsWith('@') ? readValue(name, value.slice(1)) : value];
}

function parseJson(name: string, value: string): unknown {
  try {
    return JSON.parse(value);
  } catch (error) {
    throw new UsageError(`${name}:=${value} is not JSON: ${(error as Error).message}`, {
      code: 'ARGUMENT_INVALID',
      hint: `for text write ${name}=${value}`,
    });
  }
}

/** A .json file gives its value, any other its text. */
function readValue(name: string, path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${name}=@${path}: the file cannot be read (${(error as Error).message})`, {
      code: 'ARGUMENT_INVALID',
    });
  }
  return path.endsWith('.json') ? parseJson(name, text) : text;
}

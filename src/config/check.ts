/** Checks merged values against the schema, and says of each fault what, where, what was found and what was expected. */
import type { z } from 'zod';
import { InputError } from '../core/error.js';
import { nearestName } from '../core/nearest-name.js';
import { plural, shorten } from '../core/text.js';
import { isInterpolated } from './interpolate.js';
import { type Layer, layersWith } from './layers.js';
import { type ConfigValues, configSchema } from './schema.js';
import { knownKeys } from './schema-walk.js';
import { hideSecrets, isSecretName, Secret } from './secret.js';
import { getAt, type Tree } from './tree.js';

const SHOWN = 5;
const SECRET_KEYS: readonly string[] = ['database', 'queue', 'notify.webhook'];

interface Fault {
  code: 'CONFIG_KEY_UNKNOWN' | 'CONFIG_VALUE_INVALID';
  key: string;
  message: string;
  hint: string;
  /** For programs; secret parts hidden. */
  found?: string;
  expected?: string;
}

/**
 * `merged` with defaults, durations and sizes worked out.
 * @throws {InputError} CONFIG_KEY_UNKNOWN or CONFIG_VALUE_INVALID, with every fault in `details.faults`
 */
export function checkConfig(merged: Tree, layers: readonly Layer[]): ConfigValues {
  const result = configSchema.safeParse(merged);
  if (result.success) return result.data;
  const faults = result.error.issues.flatMap((issue) => faultsOf(issue, layers));
  throw errorOf(faults.sort((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0)));
}

/** `value` of `key` in words that hold no secret. */
export function describeFound(value: unknown, path: readonly string[]): string {
  if (value instanceof Secret) return value.describeUrl();
  if (value === undefined || value === null) return `nothing (${value === null ? 'null' : 'undefined'})`;
  if (Array.isArray(value)) return `a list of ${plural(value.length, 'item')}`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object')
    return `an object with ${Object.keys(value).slice(0, SHOWN).join(', ') || 'nothing in it'}`;
  if (typeof value === 'string' && isInterpolated(value)) return shorten(`"${value}"`);
  if (SECRET_KEYS.includes(path.join('.'))) return new Secret(String(value)).describeUrl();
  return shorten(JSON.stringify(hideSecrets(value, path.at(-1))) ?? String(value));
}

export function isSecretPath(path: readonly string[]): boolean {
  return SECRET_KEYS.includes(path.join('.')) || isSecretName(path.at(-1) ?? '');
}

/** `retention.completed.age`, `tasks[0]`. */
function formatKey(path: readonly PropertyKey[]): string {
  return path.reduce<string>((key, name) => {
    if (typeof name === 'number') return `${key}[${name}]`;
    return key === '' ? String(name) : `${key}.${String(name)}`;
  }, '');
}

function faultsOf(issue: z.core.$ZodIssue, layers: readonly Layer[]): Fault[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((name) => unknownKey(issue.path, name, layers));
  return [invalidValue(issue, layers)];
}

function unknownKey(parent: readonly PropertyKey[], name: string, layers: readonly Layer[]): Fault {
  const known = knownKeys(parent.map(String));
  const nearest = nearestName(name, known);
  const key = formatKey([...parent, name]);
  const source = sourceOf([...parent.map(String), name], key, layers);
  return {
    code: 'CONFIG_KEY_UNKNOWN',
    key,
    message: `Unknown key ${key} in ${source}${nearest === undefined ? '' : `; did you mean ${formatKey([...parent, nearest])}?`}`,
    hint: `Keys known ${parent.length === 0 ? 'here' : `in ${formatKey(parent)}`}: ${known.join(', ')}`,
  };
}

function invalidValue(issue: z.core.$ZodIssue, layers: readonly Layer[]): Fault {
  const path = issue.path.map(String);
  const key = formatKey(issue.path);
  const layer = layersWith(layers, path)[0];
  const found = describeFound(getAt(layer?.written, path), path);
  return {
    code: 'CONFIG_VALUE_INVALID',
    key,
    message: `${key} in ${sourceOf(path, key, layers)} cannot be used: found ${found}; expected ${issue.message}`,
    hint: `jobs config explain ${key.replace(/\[\d+\]/g, '')} shows what it means, with an example`,
    found,
    expected: issue.message,
  };
}

/** The layer that has the value, or, when it is missing, the one that has the object it is missing from. */
function sourceOf(path: readonly string[], key: string, layers: readonly Layer[]): string {
  for (let length = path.length; length > 0; length--) {
    const layer = layersWith(layers, path.slice(0, length))[0];
    if (layer === undefined) continue;
    const source = layer.source(key) || layer.source(path.slice(0, length).join('.'));
    return layer.from === 'environment' ? `the environment variable ${source}` : source;
  }
  return 'the config';
}

function errorOf(faults: readonly Fault[]): InputError {
  const [first, ...others] = faults as [Fault, ...Fault[]];
  const more = others.slice(0, SHOWN - 1).map(({ message }) => `\n${message}`);
  const rest = others.length - more.length;
  return new InputError(`${first.message}${more.join('')}${rest > 0 ? `\nand ${rest} more` : ''}`, {
    code: first.code,
    hint: first.hint,
    details: { key: first.key, faults: faults.map(({ hint: _hint, ...fault }) => fault) },
  });
}

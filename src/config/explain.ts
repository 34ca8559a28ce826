/** Where each setting comes from, for `jobs config show` and `explain`. Nothing it returns holds a secret. */
import { UsageError } from '../core/error.js';
import { nearestName } from '../core/nearest-name.js';
import { isSecretPath } from './check.js';
import { variablesOf } from './environment.js';
import { type Layer, layersWith, mergeLayers, type Origin } from './layers.js';
import { isKnownPath, keyFacts, knownKeys, leafPaths } from './schema-walk.js';
import { hideSecrets, Secret } from './secret.js';
import { getAt, isTree, type Tree } from './tree.js';

/** All of it is JSON. */
export interface Explanation {
  key: string;
  /** The value in force, secrets hidden; null when nothing is set. */
  value: unknown;
  from: Origin;
  /** `--database`, `DATABASE_URL`, `/home/…/jobs.config.json:3`, `built in`. */
  source: string;
  /** Weaker layers that say something else, the strongest first. */
  overridden: { from: Origin; source: string; value: unknown }[];
  /** What the key means. */
  description: string | null;
  examples: readonly unknown[];
  /** Environment variables that can set it, the strongest first. */
  variables: string[];
}

/** @throws {UsageError} CONFIG_KEY_UNKNOWN, with the nearest key */
export function explainKey(key: string, layers: readonly Layer[]): Explanation {
  const path = pathOf(key, mergeLayers(layers));
  const [strongest, ...weaker] = layersWith(layers, path);
  return {
    key,
    value: printable(getAt(mergeLayers(layers), path), path, layers),
    from: strongest?.from ?? 'default',
    source: strongest?.source(key) ?? 'built in',
    overridden: weaker.map((layer) => ({
      from: layer.from,
      source: layer.source(key),
      value: printable(getAt(layer.values, path), path, [layer]),
    })),
    description: keyFacts(path).description ?? null,
    examples: keyFacts(path).examples,
    variables: variablesBelow(path),
  };
}

/** Every key that can be set, named ones (`queues.reports.limit`) as far as they are set. */
export function allKeys(layers: readonly Layer[]): string[] {
  const merged = mergeLayers(layers);
  return leafPaths()
    .filter(([name]) => name !== '$schema')
    .flatMap((path) => namedBelow(path, getAt(merged, path)))
    .map((path) => path.join('.'));
}

/** The values in force as they would be written in a file, secrets hidden. */
export function printableConfig(layers: readonly Layer[]): Tree {
  const { $schema: _schema, ...values } = mergeLayers(layers);
  return printable(values, [], layers) as Tree;
}

function namedBelow(path: readonly string[], value: unknown): string[][] {
  if (!isTree(value) || Object.keys(value).length === 0 || !isKnownPath([...path, 'any'])) return [[...path]];
  return Object.keys(value).flatMap((name) => {
    const below = [...path, name];
    const known = knownKeys(below).filter((key) => getAt(value, [name, key]) !== undefined);
    return path[0] === 'data' || known.length === 0 ? [below] : known.map((key) => [...below, key]);
  });
}

function variablesBelow(path: readonly string[]): string[] {
  const leaves = leafPaths(path);
  return (leaves.length === 0 ? [[...path]] : leaves).flatMap((leaf) =>
    leaf.length > 3 || !isSettable(leaf) ? [] : variablesOf(leaf.join('.')),
  );
}

function isSettable(leaf: readonly string[]): boolean {
  return leafPaths().some((known) => known.join('.') === leaf.join('.'));
}

function printable(value: unknown, path: readonly string[], layers: readonly Layer[]): unknown {
  if (value === undefined) return null;
  if (Array.isArray(value))
    return value.map((item, index) => printable(item, [...path, String(index)], layers));
  if (isTree(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, printable(member, [...path, name], layers)]),
    );
  }
  if (typeof value === 'function') return '[function]';
  if (typeof value !== 'string') return value;
  if (path.length === 1 && isSecretPath(path)) return new Secret(value).describeUrl();
  if (isSecretPath(path) || cameFromSecret(path, layers)) return String(new Secret(value));
  return hideSecrets(value);
}

/** Read from a `file:`, or from a variable whose name says what it holds. */
function cameFromSecret(path: readonly string[], layers: readonly Layer[]): boolean {
  const written = getAt(layersWith(layers, path)[0]?.written, path);
  if (typeof written !== 'string') return false;
  return (
    written.startsWith('file:') ||
    [...written.matchAll(/\$\{(\w+)/g)].some(([, name]) => isSecretPath([name as string]))
  );
}

/** Names of queues, limits, schedules and data may hold dots, so a name that is set is taken whole. */
function pathOf(key: string, merged: Tree): string[] {
  const path: string[] = [];
  let rest = key;
  while (rest !== '') {
    const here = getAt(merged, path);
    const names = isTree(here) ? Object.keys(here) : [];
    const whole = names
      .filter((name) => rest === name || rest.startsWith(`${name}.`))
      .sort((a, b) => b.length - a.length)[0];
    const name = whole ?? (rest.split('.')[0] as string);
    path.push(name);
    rest = rest.slice(name.length + 1);
  }
  if (path.length > 0 && isKnownPath(path)) return path;
  throw unknownKey(key);
}

function unknownKey(key: string): UsageError {
  const known = leafPaths().flatMap((path) => path.map((_name, index) => path.slice(0, index + 1).join('.')));
  const nearest = nearestName(key, known);
  return new UsageError(
    `There is no key ${key}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`,
    {
      code: 'CONFIG_KEY_UNKNOWN',
      hint: 'jobs config show lists every key',
      details: { key, ...(nearest === undefined ? {} : { nearest }) },
    },
  );
}

/**
 * Writes the table of keys in docs/configuration.md from the schema that configs are checked with, so that the page
 * cannot say anything else. A test compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, isStale } from './build.mjs';

const PAGE = fileURLToPath(new URL('../docs/configuration.md', import.meta.url));
const TABLE = /(<!-- keys: written by scripts\/document-config\.mjs -->)[\s\S]*?(\n<!-- end of keys -->)/;

/** @typedef {{ properties?: Record<string, Schema>, additionalProperties?: Schema | boolean, description?: string, default?: unknown, examples?: unknown[] }} Schema */

/**
 * `page` with its table of keys made anew. `variablesOf` names the environment variables of a key; groups, and keys under a
 * name of the user's own, have none.
 * @param {string} page @param {Schema} schema @param {(key: string) => string[]} variablesOf
 */
export function withKeys(page, schema, variablesOf) {
  const rows = [...keysOf(schema)].map(([key, { description, properties, default: fallback, examples }]) => {
    const isFlat = properties === undefined && !key.includes('.NAME.');
    const meaning = [description, ...variables(isFlat ? variablesOf(key) : [])].join(' ');
    return `| \`${key}\` | ${meaning} | ${code(fallback)} | ${code(examples?.[0])} |`;
  });
  const table = ['', '| key | meaning | default | example |', '|---|---|---|---|', ...rows, ''].join('\n');
  return page.replace(TABLE, (_whole, begin, end) => `${begin}\n${table}${end}`);
}

/**
 * Every key with its own schema, groups before what is in them; a name of the user's own is written `NAME`.
 * @param {Schema} schema @param {string} prefix @returns {Generator<[string, Schema]>}
 */
function* keysOf(schema, prefix = '') {
  for (const [name, value] of Object.entries(schema.properties ?? {})) {
    yield [prefix + name, value];
    yield* keysOf(value, `${prefix}${name}.`);
    const named = value.additionalProperties;
    if (typeof named === 'object') yield* keysOf(named, `${prefix}${name}.NAME.`);
  }
}

/** @param {string[]} names */
function variables(names) {
  return names.length === 0 ? [] : [`(${names.map((name) => `\`${name}\``).join(', ')})`];
}

/** @param {unknown} value */
function code(value) {
  if (value === undefined || (typeof value === 'object' && Object.keys(value ?? {}).length === 0)) return '';
  return `\`${JSON.stringify(value).replaceAll('|', '\\|')}\``;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (isStale()) build();
  const built = new URL('../dist/src/config/', import.meta.url);
  const { configJsonSchema } = await import(new URL('schema.js', built).href);
  const { variablesOf } = await import(new URL('environment.js', built).href);
  writeFileSync(PAGE, withKeys(readFileSync(PAGE, 'utf8'), configJsonSchema(), variablesOf));
}

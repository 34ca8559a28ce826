/** `${VAR}`, `${VAR:-x}` and `file:/run/secrets/x` in the values of a config file; never in its keys. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '../core/error.js';

const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;
const MAX_FILE_BYTES = 1_000_000;

export interface InterpolateContext {
  env: NodeJS.ProcessEnv;
  /** Folder that `file:` paths start from. */
  root: string;
  /** The config file, for messages. */
  file: string;
}

/**
 * A copy of `value` with every string resolved and members that are undefined left out.
 * @throws {InputError} CONFIG_VARIABLE_MISSING, CONFIG_SECRET_UNREADABLE, naming the key
 */
export function interpolate(value: unknown, context: InterpolateContext, key = ''): unknown {
  if (typeof value === 'string') return fromFile(withVariables(value, context, key), context, key);
  if (Array.isArray(value)) return value.map((item, index) => interpolate(item, context, `${key}[${index}]`));
  if (value === null || typeof value !== 'object' || !isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [name, interpolate(member, context, key === '' ? name : `${key}.${name}`)]),
  );
}

/** Whether {@link interpolate} would put something in the place of part of `text`. */
export function isInterpolated(text: string): boolean {
  return text.startsWith('file:') || text.search(VARIABLE) >= 0;
}

function withVariables(text: string, { env, file }: InterpolateContext, key: string): string {
  return text.replace(VARIABLE, (whole, name: string, fallback: string | undefined) => {
    const found = env[name];
    if (fallback !== undefined) return found === undefined || found === '' ? fallback : found;
    if (found !== undefined) return found;
    throw new InputError(`${key} in ${file} needs the environment variable ${name}, which is not set`, {
      code: 'CONFIG_VARIABLE_MISSING',
      hint: `Set ${name}, or give a default in the config: \${${name}:-default}`,
      details: { key, variable: name, written: whole, file },
    });
  });
}

function fromFile(text: string, context: InterpolateContext, key: string): string {
  if (!text.startsWith('file:')) return text;
  const target = text.startsWith('file://') ? filePathOf(text) : path.resolve(context.root, text.slice(5));
  try {
    if (target === undefined) throw new Error('not a path of this machine');
    const stat = statSync(target);
    if (!stat.isFile() && !stat.isFIFO()) throw new Error('not a file');
    if (stat.size > MAX_FILE_BYTES) throw new Error(`${stat.size} bytes; at most ${MAX_FILE_BYTES} are read`);
    return readFileSync(target, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new InputError(
      `${key} in ${context.file} is to be read from ${target ?? text}, which cannot be read: ${reasonOf(cause)}`,
      {
        code: 'CONFIG_SECRET_UNREADABLE',
        hint: `Check the path and its permissions; relative paths start from ${context.root}`,
        details: { key, path: target ?? text, file: context.file },
        cause,
      },
    );
  }
}

function filePathOf(url: string): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}

function reasonOf(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  return cause instanceof Error ? cause.message : String(cause);
}

function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

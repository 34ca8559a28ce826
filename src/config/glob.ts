/** Files by pattern: `*`, `?`, `**`, `{a,b}`. Node 20 has no glob of its own. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * Absolute paths of the files that any of `patterns` matches, sorted by code unit, each once. A pattern that names an
 * existing file is that file, whatever characters it holds. Names that begin with `.` and node_modules are found only
 * when written out; links to folders are followed by `*` but not by `**`, so a loop of links ends.
 */
export function findFiles(patterns: readonly string[], root: string): string[] {
  const found = new Set<string>();
  for (const pattern of patterns) {
    const literal = path.resolve(root, pattern);
    if (isFile(literal)) found.add(literal);
    else for (const one of expandBraces(pattern)) walkPattern(one, root, found);
  }
  return [...found].sort((a, b) => (a < b ? -1 : 1));
}

/** `a{b,c}d` gives `abd` and `acd`; nested and repeated braces too. A brace without its partner is itself. */
export function expandBraces(pattern: string): string[] {
  const inner = /\{([^{}]*,[^{}]*)\}/.exec(pattern);
  if (inner === null) return [pattern];
  const before = pattern.slice(0, inner.index);
  const after = pattern.slice(inner.index + inner[0].length);
  return (inner[1] as string).split(',').flatMap((choice) => expandBraces(`${before}${choice}${after}`));
}

function walkPattern(pattern: string, root: string, found: Set<string>): void {
  const absolute = path.resolve(root, pattern);
  const { root: drive } = path.parse(absolute);
  const segments = absolute
    .slice(drive.length)
    .split(path.sep)
    .filter((segment) => segment !== '');
  const firstGlob = segments.findIndex(isGlob);
  const literal = firstGlob < 0 ? segments.length : firstGlob;
  walk(path.join(drive, ...segments.slice(0, literal)), segments.slice(literal), found);
}

function walk(folder: string, segments: readonly string[], found: Set<string>): void {
  const [segment, ...rest] = segments;
  if (segment === undefined) {
    if (isFile(folder)) found.add(folder);
    return;
  }
  if (!isGlob(segment)) {
    if (existsSync(path.join(folder, segment))) walk(path.join(folder, segment), rest, found);
    return;
  }
  if (segment === '**') {
    walk(folder, rest.length === 0 ? ['*'] : rest, found);
    for (const name of foldersIn(folder)) walk(path.join(folder, name), segments, found);
    return;
  }
  const matches = segmentPattern(segment);
  for (const name of namesIn(folder)) {
    if (matches.test(name) && (!name.startsWith('.') || segment.startsWith('.')))
      walk(path.join(folder, name), rest, found);
  }
}

function isGlob(segment: string): boolean {
  return segment.includes('*') || segment.includes('?');
}

function segmentPattern(segment: string): RegExp {
  const source = segment
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

function isFile(target: string): boolean {
  return statSync(target, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** Reads every import of a source tree and finds those that run the wrong way. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A file imports from its own folder and from lower lines; neighbours on a line never import each other. */
const LINES: readonly (readonly string[])[] = [
  ['core'],
  ['database', 'geo'],
  ['ledger', 'queue', 'intake', 'raster', 'storage', 'services', 'config'],
  ['batch', 'worker', 'output', 'tasks', 'operate'],
  ['toolkit'],
  ['doctor', 'conformance'],
  ['cli', 'monitor', 'server', 'index'],
  ['commands'],
];

/** Beyond the lines: a task sees only its context. */
const FORBIDDEN_PAIRS: readonly (readonly [from: string, to: string])[] = [
  ['tasks', 'queue'],
  ['tasks', 'ledger'],
];

/** Libraries that only one place knows. */
const ONLY_IN: Readonly<Record<string, string>> = { bullmq: 'queue', ioredis: 'queue', geotiff: 'raster' };

const BARRELS_ALLOWED = new Set(['src/index.ts']);
const IMPORTS =
  /^[ \t]*(?:import|export)\b[^'"`;]*?\bfrom\s*(['"])(.+?)\1|^[ \t]*import\s*(['"])(.+?)\3|\bimport\s*\(\s*(['"])(.+?)\5/gm;

/** One sentence for each fault, in the order of the files; empty when all is well. `root` holds `src/`, `commands/`. */
export function findImportFaults(root: string): string[] {
  return ['src', 'commands'].flatMap((top) => sourceFiles(root, top)).flatMap((file) => faultsOf(root, file));
}

/** How many import statements were read: a check that reads none proves nothing. */
export function countImports(root: string): number {
  const files = ['src', 'commands'].flatMap((top) => sourceFiles(root, top));
  return files.reduce((count, file) => count + importsOf(root, file).length, 0);
}

function sourceFiles(root: string, top: string): string[] {
  return readdirSync(path.join(root, top), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

function faultsOf(root: string, file: string): string[] {
  const from = placeOf(file);
  const faults: string[] = [];
  if (lineOf(from) === -1) faults.push(`${file}: folder "${from}" has no line in the design`);
  if (/^index\.[cm]?tsx?$/.test(path.basename(file)) && !BARRELS_ALLOWED.has(file) && from !== 'commands') {
    faults.push(`${file}: barrel files are not used`);
  }
  for (const target of importsOf(root, file)) {
    const fault = target.startsWith('.') ? faultOfPath(file, target) : faultOfLibrary(from, target);
    if (fault !== undefined) faults.push(`${file}: ${fault}`);
  }
  return faults;
}

function faultOfPath(file: string, target: string): string | undefined {
  const resolved = path.posix.normalize(path.posix.join(path.posix.dirname(file), target));
  const [from, to] = [placeOf(file), placeOf(resolved)];
  if (from === to) return undefined;
  if (lineOf(to) === -1) return `imports ${resolved}, which is outside src and commands`;
  if (lineOf(to) > lineOf(from))
    return `imports ${resolved}, which is on a higher line (${to} above ${from})`;
  if (lineOf(to) === lineOf(from)) return `imports ${resolved}, a neighbour on its line (${from}, ${to})`;
  if (FORBIDDEN_PAIRS.some(([a, b]) => a === from && b === to))
    return `imports ${resolved}: ${from} never import ${to}`;
  return undefined;
}

function faultOfLibrary(from: string, target: string): string | undefined {
  const name = target.split('/', target.startsWith('@') ? 2 : 1).join('/');
  const owner = ONLY_IN[name];
  return owner === undefined || owner === from ? undefined : `imports ${name}, which only src/${owner} knows`;
}

/** `queue` for `src/queue/x.ts`, `toolkit` for `src/toolkit.ts`, `commands` for everything below it. */
function placeOf(file: string): string {
  const [top, next] = file.split('/');
  if (top === 'commands') return 'commands';
  return top === 'src' && next !== undefined ? next.replace(/\.[cm]?[jt]sx?$/, '') : '';
}

function lineOf(place: string): number {
  return LINES.findIndex((line) => line.includes(place));
}

/** What it imports, re-exports, imports as a type, or imports when it runs (where the name is a literal). */
function importsOf(root: string, file: string): string[] {
  const text = readFileSync(path.join(root, file), 'utf8').replace(/^[ \t]*(?:\*|\/\/).*$/gm, '');
  return [...text.matchAll(IMPORTS)].map((match) => match[2] ?? match[4] ?? match[6] ?? '');
}

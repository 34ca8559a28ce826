/**
 * Brings `dist/` up to date with the sources: compiled TypeScript, the files beside it (SQL), the template of the
 * embedded database. Incremental: a second build of the same sources takes under a second.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const STAMP = path.join(ROOT, 'dist/.tsbuildinfo');
const SOURCE_FOLDERS = ['src', 'commands'];

/** Everything it prints goes to stderr. @throws {Error} when a source does not compile */
export function build() {
  removeOrphans();
  runNode(typescriptCompiler(), ['--project', ROOT]);
  utimesSync(STAMP, new Date(), new Date());
  copyAssets();
  describeCommands();
  runNode(path.join(ROOT, 'scripts/build-database-template.mjs'), []);
}

/** The manifest spares every start of `jobs` the loading of all commands; flags live in commands and src/cli. */
function describeCommands() {
  const sources = [...filesBelow(path.join(ROOT, 'commands')), ...filesBelow(path.join(ROOT, 'src/cli'))];
  const manifest = path.join(ROOT, 'oclif.manifest.json');
  const madeAtMs = existsSync(manifest) ? statSync(manifest).mtimeMs : 0;
  if ([...sources, path.join(ROOT, 'package.json')].every((file) => statSync(file).mtimeMs < madeAtMs))
    return;
  rmSync(manifest, { force: true });
  runNode(path.join(ROOT, 'node_modules/oclif/bin/run.js'), ['manifest']);
}

/** True when `dist/` is missing or older than a source file, a source was removed, or package.json changed. */
export function isStale() {
  if (!existsSync(STAMP)) return true;
  const builtAtMs = statSync(STAMP).mtimeMs;
  const watched = [path.join(ROOT, 'package.json'), path.join(ROOT, 'tsconfig.json'), ...sourceFiles()];
  return watched.some((file) => statSync(file).mtimeMs > builtAtMs) || orphans().length > 0;
}

/** A command whose source is gone would still be found by oclif, a migration still be run. */
function removeOrphans() {
  for (const file of orphans()) rmSync(file);
}

function orphans() {
  return SOURCE_FOLDERS.flatMap((folder) => filesBelow(path.join(ROOT, 'dist', folder))).filter((built) => {
    const source = path.join(ROOT, path.relative(path.join(ROOT, 'dist'), built));
    return !existsSync(source) && !existsSync(source.replace(/(\.d\.ts|\.js)$/, '.ts'));
  });
}

function copyAssets() {
  for (const file of sourceFiles()) {
    if (file.endsWith('.ts')) continue;
    const target = path.join(ROOT, 'dist', path.relative(ROOT, file));
    mkdirSync(path.dirname(target), { recursive: true });
    copyFileSync(file, target);
  }
}

function sourceFiles() {
  return SOURCE_FOLDERS.flatMap((folder) => filesBelow(path.join(ROOT, folder)));
}

/** @param {string} folder */
function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

function typescriptCompiler() {
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
  return path.join(path.dirname(manifest), 'bin/tsc');
}

/** @param {string} script @param {string[]} args */
function runNode(script, args) {
  const env = { ...process.env, OCLIF_SKIP_NEW_VERSION_CHECK: 'true' };
  execFileSync(process.execPath, [script, ...args], { cwd: ROOT, env, stdio: ['ignore', 2, 2] });
}

/** `npm install --omit=dev` of a checkout runs `prepare` with no compiler: there is nothing to build with. */
function hasCompiler() {
  try {
    return existsSync(typescriptCompiler());
  } catch {
    return false;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!hasCompiler()) {
    process.stderr.write('build: skipped, because TypeScript is not installed (npm install brings it)\n');
    process.exit(process.env.npm_lifecycle_event === 'prepare' ? 0 : 1);
  }
  try {
    build();
  } catch (error) {
    const status = /** @type {{ status?: number | null }} */ (error).status;
    if (typeof status !== 'number') throw error;
    process.exit(status);
  }
}

import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanEnvironment, collect, type JobsResult, runJobs } from '../helpers/jobs.js';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const VERSION: string = JSON.parse(readFileSync(path.join(CHECKOUT, 'package.json'), 'utf8')).version;
const QUIET = ['--no-audit', '--no-fund', '--prefer-offline'];

const work = mkdtempSync(path.join(tmpdir(), 'sluice-package-'));
const copy = path.join(work, 'checkout');
let tarball = '';
let ci: JobsResult;
let built: JobsResult;
let packed: JobsResult;

beforeAll(async () => {
  copySources(copy);
  ci = await npm(copy, 'ci', '--ignore-scripts', ...QUIET);
  built = await npm(copy, 'run', 'build');
  packed = await npm(copy, 'pack', '--pack-destination', work);
  tarball = path.join(work, readdirSync(work).find((name) => name.endsWith('.tgz')) ?? 'no tarball was made');
});
afterAll(() => rmSync(work, { recursive: true, force: true, maxRetries: 5 }));

describe('a checkout', () => {
  it('installs with npm ci and no install scripts, for this Node', () => {
    expect(ci, ci.stderr).toMatchObject({ exitCode: 0 });
    expect(ci.stderr).not.toContain('EBADENGINE');
  });

  it('builds after that', () => {
    expect(built, built.stderr).toMatchObject({ exitCode: 0 });
    expect(existsSync(path.join(copy, 'dist/src/index.js'))).toBe(true);
  });

  it('still installs when its lock file is made anew today', async () => {
    const folder = path.join(work, 'fresh-lock');
    mkdirSync(folder);
    cpSync(path.join(CHECKOUT, 'package.json'), path.join(folder, 'package.json'));
    const locked = await npm(folder, 'install', '--package-lock-only', '--ignore-scripts', ...QUIET);
    expect(locked).toMatchObject({ exitCode: 0 });
    expect(locked.stderr).not.toContain('EBADENGINE');
    expect(await npm(folder, 'ci', '--dry-run', '--ignore-scripts', ...QUIET)).toMatchObject({ exitCode: 0 });
  });
});

describe('the package', () => {
  it('is packed with everything it runs, and nothing else', () => {
    expect(packed, packed.stderr).toMatchObject({ exitCode: 0 });
    const names = execFileSync('tar', ['--list', '--gzip', '--file', tarball], { encoding: 'utf8' }).split(
      '\n',
    );
    const wanted = [
      'package.json',
      'README.md',
      'LICENSE',
      'oclif.manifest.json',
      'bin/run.js',
      'dist/src/index.d.ts',
    ];
    expect(wanted.filter((name) => !names.includes(`package/${name}`))).toEqual([]);
    const unwanted =
      /^package\/(src|commands|test|bench|scripts|docs|\.ci|\.github)\/|\.tsbuildinfo|\/(out|\.jobs)\//;
    expect(names.filter((name) => unwanted.test(name))).toEqual([]);
  });

  it('has nothing that publint objects to', async () => {
    const bytes = readFileSync(tarball);
    const tarballBytes = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const { messages } = await publint({ pack: { tarball: tarballBytes }, strict: true });
    expect(messages).toEqual([]);
  });
});

describe.each([
  ['with install scripts', [] as string[]],
  ['without install scripts', ['--ignore-scripts']],
])('the package installed globally %s', (title, flags) => {
  const prefix = path.join(work, title.replaceAll(' ', '-'));
  const program = path.join(prefix, 'bin/jobs');
  const installed = path.join(prefix, 'lib/node_modules/sluice');

  beforeAll(async () => {
    mkdirSync(prefix);
    const result = await npm(work, 'install', '--global', '--prefix', prefix, tarball, ...flags, ...QUIET);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect(result.stderr).not.toContain('EBADENGINE');
  });

  it('says its version', async () => {
    const result = await runJobs(['--version'], { cwd: work, program });
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.stdout).toMatch(new RegExp(`^sluice/${VERSION} `));
  });

  it('lists its commands', async () => {
    const result = await runJobs(['--help'], { cwd: work, program });
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.stdout).toMatch(/^ {2}run /m);
    expect(result.stdout).toMatch(/^ {2}batch /m);
  });

  it('runs the desilting example in an empty folder, with no server', async () => {
    const cwd = path.join(work, `example-${flags.length}`);
    copyExample(cwd);
    const result = await runJobs(['run', 'desilting', 'sheet.xlsx', '--json'], {
      cwd,
      program,
      timeoutMs: 120_000,
    });
    expect(result, result.stderr).toMatchObject({ exitCode: 5 });
    const { counts, outputs } = JSON.parse(result.stdout);
    expect(counts).toMatchObject({ total: 40, completed: 38 });
    expect(outputs.map((output: { kind: string }) => output.kind)).toEqual(
      expect.arrayContaining(['workbook', 'failed-rows', 'geojson', 'csv', 'report', 'certificate']),
    );
    for (const output of outputs) {
      const content = readFileSync(path.resolve(cwd, output.path));
      expect(createHash('sha256').update(content).digest('hex'), output.path).toBe(output.sha256);
      expect(content.length, output.path).toBe(output.bytes);
    }
  });

  it('is a library with types', async () => {
    const cwd = path.join(work, `library-${flags.length}`);
    mkdirSync(path.join(cwd, 'node_modules'), { recursive: true });
    symlinkSync(installed, path.join(cwd, 'node_modules/sluice'));
    writeFileSync(path.join(cwd, 'package.json'), '{"type":"module"}');
    const imports = "import { defineConfig, defineTask, openToolkit } from 'sluice';\n";
    writeFileSync(
      path.join(cwd, 'use.mjs'),
      `${imports}console.log([defineConfig, defineTask, openToolkit].map((f) => typeof f).join());`,
    );
    writeFileSync(
      path.join(cwd, 'use.ts'),
      `${imports}export const all = [defineConfig, defineTask, openToolkit];\n`,
    );
    expect(await run(process.execPath, ['use.mjs'], cwd)).toMatchObject({
      stdout: 'function,function,function\n',
      stderr: '',
    });
    const tsc = path.join(CHECKOUT, 'node_modules/typescript/bin/tsc');
    const compilerFlags = [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      'use.ts',
    ];
    const checked = await run(process.execPath, [tsc, ...compilerFlags], cwd);
    expect(checked, checked.stdout).toMatchObject({ exitCode: 0 });
  });
});

/** The files that git would hand to a clone, with what is not yet committed. */
function copySources(target: string): void {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: CHECKOUT,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  for (const file of listed
    .split('\0')
    .filter((name) => name !== '' && existsSync(path.join(CHECKOUT, name)))) {
    mkdirSync(path.dirname(path.join(target, file)), { recursive: true });
    cpSync(path.join(CHECKOUT, file), path.join(target, file));
  }
}

function copyExample(target: string): void {
  const left = /[/\\](?:out|\.jobs|artifacts|node_modules)$/;
  cpSync(path.join(copy, 'examples/desilting'), target, {
    recursive: true,
    filter: (file) => !left.test(file),
  });
}

function npm(cwd: string, ...args: string[]): Promise<JobsResult> {
  return run('npm', args, cwd);
}

async function run(command: string, args: readonly string[], cwd: string): Promise<JobsResult> {
  const child = spawn(command, args, { cwd, env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
  const deadline = setTimeout(() => child.kill('SIGKILL'), 280_000);
  return collect(child).finally(() => clearTimeout(deadline));
}

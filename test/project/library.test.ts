/** docs/library.md: its program is run as it stands there, in a folder that has the package as an installation gives it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanEnvironment } from '../helpers/jobs.js';
import { blocksOf, readPage, writeProject } from '../helpers/page.js';

const page = readPage('docs/library.md');
const folder = mkdtempSync(path.join(tmpdir(), 'sluice-library-'));

describe('the program of docs/library.md', () => {
  beforeAll(() => writeProject(page, folder));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('prints what the page says, and ends by itself', async () => {
    const expected = readFileSync(path.join(folder, 'output'), 'utf8');
    expect(await runProgram()).toEqual({ stdout: expected, stderr: '' });
  }, 60_000);

  it('skips the second time what completed the first', async () => {
    const { stdout } = await runProgram();
    expect(stdout).toBe('2 skipped { square: 4 }\n3 invalid null\n4 skipped { square: 16 }\n');
  }, 60_000);

  it('is about ten lines long', () => {
    const program = blocksOf(page).find(({ info }) => info === 'file=program.mjs');
    expect(program?.text.trim().split('\n').length).toBeLessThanOrEqual(10);
  });
});

it('docs/library.md names every value that the package exports', async () => {
  const exported = Object.keys(await import('../../src/index.js'));
  const named = new Set([...page.matchAll(/`([A-Za-z]+)`/g)].map((match) => match[1]));
  expect(exported.filter((name) => !named.has(name))).toEqual([]);
});

function runProgram(): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, ['program.mjs'], {
    cwd: folder,
    env: cleanEnvironment(),
    timeout: 60_000,
  });
}

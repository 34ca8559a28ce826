/** docs/write-a-task.md: its task is run on its rows by the commands of the page. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linesOf, readPage, writeProject } from '../helpers/page.js';
import { type ShellResult, shellIn } from '../helpers/shell.js';

const page = readPage('docs/write-a-task.md');
const folder = mkdtempSync(path.join(tmpdir(), 'sluice-task-page-'));

describe('the task of docs/write-a-task.md', () => {
  const results = new Map<string, ShellResult>();

  beforeAll(async () => {
    writeProject(page, folder);
    const shell = shellIn(folder);
    for (const line of linesOf(page, 'run=wells')) results.set(line, await shell(line));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('ends with 5 when it is run on the rows of the page, and with 0 otherwise', () => {
    const codes = [...results].map(([line, { exitCode }]) => [line, exitCode]);
    expect(codes).toEqual(
      codes.map(([line]) => [line, /^jobs run (?!.*--dry-run)/.test(String(line)) ? 5 : 0]),
    );
  });

  it('gives volumes, one invalid row and one that failed', () => {
    const csv = readFileSync(path.join(folder, 'out/wells.results.csv'), 'utf8');
    expect(csv).toBe(
      [
        'sheet,row,Well,Depth (m),WL,status,reason,attempts,volume_m3',
        ',2,Kadi 1,20,4.5,completed,,1,76.1',
        ',3,Kadi 2,12,,invalid,water_level is missing; expected a number,0,',
        ',4,Kadi 3,15,18,failed,"The water stands at 18 m, below the bottom at 15 m",1,',
        ',5,Kadi 4,9,2,completed,,1,34.4',
        '',
      ].join('\n'),
    );
  });

  it('names both cells', () => {
    const run = [...results].find(([line]) => line.includes('--set'))?.[1].stdout;
    expect(run).toMatch(/^ +3 {2}C3 /m);
    expect(run).toMatch(/^ +4 {2}C4 /m);
  });
});

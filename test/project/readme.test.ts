import { cpSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exit-code.js';
import { ROW_STATES } from '../../src/core/row.js';
import { blocksOf, linesOf, readPage } from '../helpers/page.js';
import { shellIn } from '../helpers/shell.js';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const page = readPage('README.md');

describe('the commands of the README', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-readme-'));
  let shell: ReturnType<typeof shellIn>;

  beforeAll(() => {
    const left = /[/\\](?:out|\.jobs)$/;
    cpSync(path.join(CHECKOUT, 'examples/desilting'), folder, {
      recursive: true,
      filter: (file) => !left.test(file),
    });
    shell = shellIn(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('run in the folder of the example: 5 for the runs, as two rows cannot succeed, 0 for the rest', async () => {
    for (const line of linesOf(page, 'run')) {
      const { exitCode, stderr } = await shell(line);
      const expected = line.startsWith('jobs run') && !line.includes('--dry-run') ? 5 : 0;
      expect(exitCode, `${line}\n${stderr}`).toBe(expected);
    }
  }, 120_000);

  it('are reached past the word "jobs" of the shell, which goes on to work', async () => {
    expect((await shell('jobs --version')).stdout).toMatch(/^sluice\//);
    expect((await shell('env jobs --version')).stdout).toMatch(/^sluice\//);
    expect((await shell('sleep 5 & jobs; jobs -l; kill %1')).stdout).toMatch(/Running.*\n.*Running/);
  });
});

describe('the README', () => {
  it('has every exit code, and no other', () => {
    const codes = [...page.matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]));
    expect(codes).toEqual(Object.values(EXIT));
  });

  it('draws every state of a row and of a batch', () => {
    const [rows, batches] = blocksOf(page).filter(({ language }) => language === 'mermaid');
    expect(statesIn(rows!.text)).toEqual([...ROW_STATES].sort());
    const sql = readFileSync(path.join(CHECKOUT, 'src/database/migrations/0001-ledger.sql'), 'utf8');
    const check = /create table sluice\.batch [\s\S]*?check \(state in \(([^)]*)\)/.exec(sql)![1]!;
    expect(statesIn(batches!.text)).toEqual([...check.matchAll(/'(\w+)'/g)].map((match) => match[1]).sort());
  });

  it('has pictures of a run that are small, and show the command', () => {
    expect(statSync(path.join(CHECKOUT, 'docs/report.png')).size).toBeLessThan(300_000);
    const drawn = readPage('docs/run.svg').replaceAll(/<[^>]*>/g, '');
    expect(drawn).toContain('$ jobs run desilting sheet.xlsx');
    expect(drawn).toContain('out/sheet.report.html');
  });
});

function statesIn(diagram: string): string[] {
  const names = [...diagram.matchAll(/^ *(\S+) --> (\w+)/gm)].flatMap(([, from, to]) => [from!, to!]);
  return [...new Set(names)].filter((name) => name !== '[*]').sort();
}

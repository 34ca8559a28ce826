/** docs/schedules.md: its files make a project, and its commands run in it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.js';
import { linesOf, readPage, writeProject } from '../helpers/page.js';
import { shellIn } from '../helpers/shell.js';

const page = readPage('docs/schedules.md');

describe('docs/schedules.md', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-schedules-page-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('shows commands that run, one after another', async () => {
    writeProject(page, folder);
    const run = shellIn(folder);
    for (const line of linesOf(page, 'run')) {
      const { exitCode, stdout, stderr } = await run(line);
      expect(exitCode, `${line}\n${stdout}\n${stderr}`).toBe(0);
    }
    const { stdout } = await run('jobs schedule list --json');
    expect(JSON.parse(stdout)).toMatchObject([
      { name: 'heartbeat', everyMs: 900_000, state: 'active', config: 'same' },
      { name: 'nightly-cleanup', when: 'At 02:30 (Europe/Berlin)', state: 'active' },
    ]);
  }, 120_000);

  it('has every key of a schedule', () => {
    const keys = Object.keys(configSchema.shape.schedules.unwrap().valueType.shape);
    const unnamed = keys.filter((key) => !page.includes(`\`${key}\``) && !page.includes(`"${key}"`));
    expect(unnamed).toEqual([]);
  });
});

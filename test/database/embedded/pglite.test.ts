import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareDataFolder } from '../../../src/database/embedded/data-folder.js';
import { type Engine, openEngine } from '../../../src/database/embedded/engine.js';

const CHECKOUT = fileURLToPath(new URL('../../..', import.meta.url));

describe('PGlite, once opened', () => {
  let stateDir: string;
  let dataFolder: string;
  let engine: Engine;

  beforeAll(async () => {
    stateDir = mkdtempSync(join(tmpdir(), 'sluice-pglite-'));
    dataFolder = await prepareDataFolder(stateDir);
    engine = await openEngine(dataFolder);
  });

  afterAll(async () => {
    await engine?.close();
    rmSync(stateDir, { recursive: true, force: true });
  });

  it("finds the queue's tables by their bare names, whatever a task reset", async () => {
    await engine.execute(undefined, 'SET search_path TO pg_catalog');
    await engine.execute(undefined, 'RESET ALL');
    const { rows } = await engine.execute(undefined, 'SHOW search_path');
    expect(rows).toEqual([['bullmq, public']]);
  });

  it('has the settings that keep its memory small', async () => {
    const { rows } = await engine.execute(undefined, 'SHOW shared_buffers');
    expect(rows).toEqual([['8MB']]);
  });

  it('leaves stderr and the exit code of the process alone, and keeps what was written', async () => {
    await engine.close();
    const program = `
      import { createJiti } from 'jiti';
      const { openEngine } = await createJiti(process.cwd() + '/').import('./src/database/embedded/engine.ts');
      const engine = await openEngine(process.argv[1]);
      await engine.execute(undefined, 'CREATE TABLE public.kept (n int)');
      await engine.close();
      process.exitCode ??= 7;`;
    const ended = spawnSync(process.execPath, ['--input-type=module', '--eval', program, dataFolder], {
      cwd: CHECKOUT,
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(ended).toMatchObject({ status: 7, stderr: '', stdout: '' });
    engine = await openEngine(dataFolder);
    const { rows } = await engine.execute(undefined, 'SELECT n FROM public.kept');
    expect(rows).toEqual([]);
  });
});

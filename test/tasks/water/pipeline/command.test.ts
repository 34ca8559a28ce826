import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { killStartedJobs, runJobs, startJobs } from '../../../helpers/jobs.js';
import { degreesAt, type Land, makeLand } from './made-up-land.js';

let folder = '';
let land: Land;

const HEADERS =
  'Sr No.,Name of NGO,State,District,Taluka,Village,Name of the waterbody,Latitude,Longitude,Silt Excavated as per App,Intervention_year';

function sheet(): string {
  const rows = [
    [45.5, 55.5, 'Moti'],
    [52.5, 60.5, 'Moti again'],
  ].map(([column, row, name], i) => {
    const [lon, lat] = degreesAt(column as number, row as number);
    return `${i + 1},,Gujarat,,,Vadal,${name},${lat},${lon},,2021`;
  });
  return [HEADERS, ...rows, ''].join('\n');
}

async function run(...words: string[]) {
  const { exitCode, stdout, stderr } = await runJobs(
    ['run', 'desilting', 'points.csv', '--out', 'out', '--json', ...words],
    {
      cwd: folder,
      timeoutMs: 110_000,
    },
  );
  return { exitCode, stderr, ...(JSON.parse(stdout) as Result) };
}

interface Result {
  outputs?: { kind: string; path: string; sha256: string }[];
  error?: { code: string; message: string; hint: string };
}

async function steps(): Promise<Record<string, string>> {
  const text = await readFile(join(folder, 'out', 'points.desilting-steps.json'), 'utf8');
  const { steps: records } = JSON.parse(text) as { steps: { name: string; state: string }[] };
  return Object.fromEntries(records.map(({ name, state }) => [name, state]));
}

function layers({ outputs = [] }: Result): Record<string, string> {
  const kept = outputs.filter(
    ({ kind, path }) => kind === 'raster' || (kind === 'geojson' && !/\.points\.geojson$/.test(path)),
  );
  return Object.fromEntries(kept.map(({ path, sha256 }) => [path.slice(path.lastIndexOf('/') + 8), sha256]));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-steps-'));
  land = await makeLand(join(folder, 'data'));
  await writeFile(join(folder, 'points.csv'), sheet());
  await writeFile(
    join(folder, 'jobs.config.json'),
    JSON.stringify({
      data: {
        lulc: 'data/lulc_*.tif',
        mws: 'data/mws.geojson',
        dem: 'data/dem.tif',
        rivers: 'data/rivers.geojson',
        precipitation: 'data/rain.csv',
        landforms: 'data/landforms.tif',
      },
    }),
  );
});
afterAll(async () => {
  await killStartedJobs();
  await rm(folder, { recursive: true, force: true });
});

describe('jobs run desilting', { timeout: 300_000 }, () => {
  test('goes on with the steps where a killed run was, ends with what failed, and keeps what is done', async () => {
    await truncate(land.landforms, 100);
    const killed = startJobs(['run', 'desilting', 'points.csv', '--out', 'out'], { cwd: folder });
    const ended = new Promise((resolve) => killed.once('exit', resolve));
    await untilThere(join(folder, '.jobs', 'cache', 'desilting', 'steps', 'lulc'));
    killed.kill('SIGKILL');
    await ended;

    const failed = await run();
    expect(failed.exitCode).toBe(5);
    expect(await steps()).toMatchObject({
      mws: 'kept',
      lulc: 'kept',
      waterbodies: 'done',
      terrain: 'failed',
      zoi: 'done',
    });
    expect(failed.stderr).toContain('terrain');
    expect(Object.keys(layers(failed))).toContain('zoi.geojson');
    expect(Object.keys(layers(failed))).not.toContain('terrain.tif');

    await makeLand(join(folder, 'again'));
    await writeFile(land.landforms, await readFile(join(folder, 'again', 'landforms.tif')));
    const mended = await run();
    expect(mended).toMatchObject({ exitCode: 0, counts: { skipped: 2 } });
    const { terrain, ...others } = await steps();
    expect(terrain).toBe('done');
    expect(new Set(Object.values(others))).toEqual(new Set(['kept']));
    expect(layers(mended)).toMatchObject(layers(failed));
    expect(await readdir(join(folder, 'out'))).toContain('points.report.html');
  });

  test('makes a named step anew without running a row, and refuses one that lacks its data', async () => {
    const again = await run('--set', 'steps=zoi');
    expect(again).toMatchObject({ exitCode: 0, counts: { completed: 0, skipped: 2 } });
    expect(await steps()).toMatchObject({ zoi: 'done', match: 'kept', terrain: 'kept' });
    await writeFile(
      join(folder, 'jobs.config.json'),
      JSON.stringify({ data: { lulc: 'data/lulc_*.tif', mws: 'data/mws.geojson' } }),
    );
    const refused = await run('--set', 'steps=drought');
    expect(refused.exitCode).toBe(3);
    expect(refused.error).toMatchObject({ code: 'STEP_DATA_MISSING' });
    expect(refused.error?.message).toContain('data.precipitation');
  });
});

/** Until a step has left something there. */
async function untilThere(path: string): Promise<void> {
  for (;;) {
    const found = await readdir(path).catch(() => []);
    if (found.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

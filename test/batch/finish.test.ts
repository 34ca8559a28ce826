/** `finish` runs again after a replay: what it does not write again is gone, in the storage, the ledger and the outputs. */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listArtifacts } from '../../src/ledger/artifacts.js';
import type { Toolkit } from '../../src/toolkit.js';
import { describeOnEachBackend } from '../helpers/backends.js';
import { newProject, request, runToEnd, type TestProject } from '../helpers/project.js';

const LAYERS = `
import { existsSync } from 'node:fs';
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'layers', version: 1, title: 'Writes one layer, or two',
  input: z.object({ n: z.number() }),
  options: z.object({ marker: z.string() }),
  run: (_ctx, { n }) => ({ n }),
  async finish(ctx) {
    await ctx.artifact({ name: 'all.geojson', kind: 'geojson', content: '{"type":"FeatureCollection","features":[]}' });
    if (existsSync(ctx.options.marker + '.broken')) throw new Error('broken at the end');
    if (existsSync(ctx.options.marker))
      await ctx.artifact({ name: 'unmatched.geojson', kind: 'geojson', content: '{"type":"FeatureCollection","features":[] }' });
  },
});
`;

describeOnEachBackend('the end of a batch that is run again', (backend) => {
  let project: TestProject;
  let toolkit: Toolkit;
  let marker: string;
  let batchId: string;
  let outDir: string;
  beforeAll(async () => {
    project = newProject(backend, { layers: LAYERS });
    toolkit = await project.open();
    marker = project.write('marker', '');
    outDir = path.join(backend.folder, 'out');
    const file = project.write('sheet.csv', 'n\n1\n2\n');
    batchId = await runToEnd(toolkit, request('layers', file, { options: { marker } }));
    await toolkit.export(batchId, { outDir });
  });
  afterAll(() => toolkit?.close());

  const finishAgain = async (): Promise<void> => {
    await toolkit.db.query("update sluice.batch set state = 'finishing', ended_at = null where id = $1", [
      batchId,
    ]);
    await toolkit.resume(batchId);
    const worker = await toolkit.startWorker({});
    expect(await toolkit.watch(batchId, { deadlineMs: Date.now() + 30_000 })).toBe('ended');
    await worker.stop(5_000);
  };
  const artifacts = async () => (await listArtifacts(toolkit.db, batchId, 'finish')).map(({ name }) => name);
  const stored = () => readdirSync(path.join(backend.folder, '.jobs', 'artifacts', batchId)).sort();
  const exported = async () =>
    (await toolkit.outputs(batchId)).map((output) => path.basename(output.path)).sort();

  it('keeps the earlier files when it fails', async () => {
    writeFileSync(`${marker}.broken`, '');
    await finishAgain();
    rmSync(`${marker}.broken`);
    expect((await toolkit.batch(batchId)).finishError?.message).toBe('broken at the end');
    expect(await artifacts()).toEqual(['all.geojson', 'unmatched.geojson']);
    expect(stored()).toEqual(['all.geojson', 'unmatched.geojson']);
  });

  it('removes a file that it does not write again, from the outputs too', async () => {
    expect(existsSync(path.join(outDir, 'sheet.unmatched.geojson'))).toBe(true);
    project.write('out/sheet.unmatched.geojson.bak', 'not ours');
    rmSync(marker);
    await finishAgain();
    expect(await artifacts()).toEqual(['all.geojson']);
    expect(stored()).toEqual(['all.geojson']);
    const outputs = await toolkit.export(batchId, { outDir });
    const names = outputs.map((output) => path.basename(output.path)).sort();
    expect(readdirSync(outDir).sort()).toEqual([...names, 'sheet.unmatched.geojson.bak'].sort());
    expect(names).not.toContain('sheet.unmatched.geojson');
    expect(await exported()).toEqual(names);
  });

  it('leaves no layer of an earlier batch of the same file beside the new ones, unless somebody has changed it', async () => {
    project.write('marker', '');
    const file = path.join(backend.folder, 'sheet.csv');
    const force = { options: { marker }, force: true };
    const target = path.join(outDir, 'sheet.unmatched.geojson');
    await toolkit.export(await runToEnd(toolkit, request('layers', file, force)), { outDir });
    expect(existsSync(target)).toBe(true);
    rmSync(marker);
    await toolkit.export(await runToEnd(toolkit, request('layers', file, force)), { outDir });
    expect(existsSync(target)).toBe(false);

    project.write('marker', '');
    await toolkit.export(await runToEnd(toolkit, request('layers', file, force)), { outDir });
    writeFileSync(target, 'edited by hand');
    rmSync(marker);
    await toolkit.export(await runToEnd(toolkit, request('layers', file, force)), { outDir });
    expect(existsSync(target)).toBe(true);
  });
});

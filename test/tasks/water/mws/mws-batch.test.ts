import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runJobs } from '../../../helpers/jobs.js';
import { featuresOf } from '../in-process.js';
import { METRES, makeFolder, pixelRectangle, writeRaster } from '../made-rasters.js';

test('a layer of watersheds runs as a batch: each is a row, one outside fails alone, the layer and its map come out', async () => {
  const folder = await makeFolder();
  for (const year of [2017, 2018]) {
    const at = (column: number) => (column < 30 + (year - 2017) * 10 ? 8 : 10);
    await writeRaster(join(folder, `lulc_${year}_${year + 1}.tif`), METRES, [at], { sampleType: 'uint8' });
  }
  const feature = (uid: string, geometry: object) => ({
    type: 'Feature',
    properties: { uid, area_in_ha: 4 },
    geometry,
  });
  const features = [
    feature('14_1', pixelRectangle(METRES, 0, 0, 20, 20)),
    feature('14_2', pixelRectangle(METRES, 20, 0, 60, 40)),
    feature('14_3', {
      type: 'Polygon',
      coordinates: [
        [
          [10, 10],
          [10.1, 10],
          [10, 10.1],
          [10, 10],
        ],
      ],
    }),
  ];
  await writeFile(join(folder, 'mws.geojson'), JSON.stringify({ type: 'FeatureCollection', features }));
  await writeFile(join(folder, 'jobs.config.json'), JSON.stringify({ data: { lulc: 'lulc_*.tif' } }));
  const args = ['run', 'cropping-intensity', 'mws.geojson', '--out', 'out', '--json'];
  const { exitCode, stdout, stderr } = await runJobs(args, { cwd: folder, timeoutMs: 500_000 });
  expect(exitCode, stderr).toBe(5);
  expect(stderr).not.toContain('geometry');
  expect(JSON.parse(stdout)).toMatchObject({
    counts: { total: 3, completed: 2, failed: 1 },
    failures: [{ row: 3, code: 'WATERSHED_OUTSIDE_RASTER' }],
  });
  const layer = featuresOf(readFileSync(join(folder, 'out/mws.cropping_intensity.geojson'), 'utf8'));
  expect(layer.map(({ properties }) => [properties.uid, properties.cropping_intensity_2018])).toEqual([
    ['14_1', 1],
    ['14_2', expect.closeTo((20 + 2 * 20) / 40, 9)],
  ]);
  expect(existsSync(join(folder, 'out/mws.report.html'))).toBe(true);
  expect(readFileSync(join(folder, 'out/mws.report.html'), 'utf8')).toContain('Cropped area by year');
}, 600_000);

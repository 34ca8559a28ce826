// The program that bench/geo/zonal.ts measures: the mean of each polygon by the centre rule.
import { openRaster } from '../../dist/src/raster/raster.js';
import { zonalStatisticsOfAll } from '../../dist/src/raster/zonal.js';
import { readPolygonLayer } from '../../dist/src/tasks/water/polygon-layer.js';

const [file = '', layer = ''] = process.argv.slice(2);
const { features } = await readPolygonLayer([layer]);
const raster = await openRaster(file);
const zones = await zonalStatisticsOfAll(
  raster,
  features.map(({ polygon }) => polygon),
  { rule: 'centre' },
);
await raster.close();
const pixels = zones.reduce((sum, zone) => sum + zone.n, 0);
const means = zones.reduce((sum, zone) => sum + (zone.mean ?? 0), 0);
console.log(JSON.stringify({ pixels, means }));

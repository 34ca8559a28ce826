// The program that bench/geo/ndvi.ts measures: two bands in, NDVI as a COG with overviews and its statistics out.
import { computeIndex } from '../../dist/src/raster/compute-index.js';

const [red = '', nir = '', output, threads] = process.argv.slice(2);
const { count, mean } = await computeIndex({
  index: 'ndvi',
  bands: { red: { file: red, band: 0 }, nir: { file: nir, band: 0 } },
  scaling: 'dn',
  percentiles: [5, 50, 95],
  output,
  threads: Number(threads),
});
console.log(JSON.stringify({ count, mean }));

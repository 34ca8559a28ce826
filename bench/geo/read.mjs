// The program that bench/geo/lzw.ts measures: reads all samples of a raster, window by window, and adds them up.
import { openRasterUnplaced } from '../../dist/src/raster/raster.js';
import { rowWindows } from '../../dist/src/raster/row-windows.js';

const raster = await openRasterUnplaced(process.argv[2] ?? '');
const bands = Array.from({ length: raster.bands }, (_, band) => band);
let total = 0;
for await (const { samples } of rowWindows(raster, { bands, rows: 256 })) {
  for (const band of samples) for (let i = 0; i < band.length; i++) total += band[i] ?? 0;
}
await raster.close();
console.log(total);

// The program that bench/geo/watershed.ts measures: a DEM in, directions, accumulation, stream order and streams out.
import { flowModelOf } from '../../dist/src/tasks/water/flow-model.js';

const [dem = '', cacheDir = '', thresholdCells = '1000'] = process.argv.slice(2);
const model = await flowModelOf(dem, { cacheDir, method: 'fill', thresholdCells: Number(thresholdCells) });
console.log(model.folder);

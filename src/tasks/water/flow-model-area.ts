/** Hectares that drain through each cell of a DEM, kept with its flow model. */
import { join } from 'node:path';
import { accumulateAreas } from '../../geo/hydrology/accumulate.js';
import { accumulateSplit, splitFlow } from '../../geo/hydrology/d-infinity.js';
import { NODATA } from '../../geo/hydrology/flow-grid.js';
import { pixelAreasM2 } from '../../geo/pixel-area.js';
import { cellFrame } from '../../raster/cell-frame.js';
import { resolveDirections } from './flow-model-build.js';
import { openDem, readDem } from './flow-model-dem.js';
import { type FlowModelFacts, isThere } from './flow-model-facts.js';
import { writeFlowRaster } from './flow-model-rasters.js';
import { openFlowThreads } from './flow-model-threads.js';

const M2_PER_HA = 10_000;

/** The file, written if it is not there yet. @throws {InputError} as flowModelOf does */
export async function catchmentAreaFile(
  path: string,
  folder: string,
  facts: FlowModelFacts,
  flow: 'd8' | 'dinf',
): Promise<string> {
  const file = join(folder, `catchment-area-${flow}.tif`);
  if (await isThere(file)) return file;
  const raster = await openDem(path);
  const threads = openFlowThreads(raster.width * raster.height);
  try {
    const { dem, sizes } = await readDem(raster);
    await resolveDirections(dem, sizes, facts, threads);
    const { grid, codes } = dem;
    const rowAreasM2 = pixelAreasM2(cellFrame(raster));
    const areasM2 =
      flow === 'd8'
        ? accumulateAreas(grid, codes, rowAreasM2)
        : accumulateSplit(grid, splitFlow(dem, sizes), rowAreasM2);
    await writeFlowRaster(raster, file, {
      sampleType: 'float32',
      nodata: Number.NaN,
      rows: (row, count) => {
        const rows = new Float32Array(grid.width * count);
        for (let i = 0; i < rows.length; i++) {
          const down = Math.floor(i / grid.width);
          const cell = (row + down + 1) * grid.stride + 1 + (i - down * grid.width);
          rows[i] = codes[cell] === NODATA ? Number.NaN : areasM2[cell]! / M2_PER_HA;
        }
        return rows;
      },
    });
    return file;
  } finally {
    await threads.close();
    await raster.close();
  }
}

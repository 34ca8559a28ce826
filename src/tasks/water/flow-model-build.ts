/** Computes a flow model and writes its files: directions are written while cells are counted, in a thread, and so on. */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { breachDepressions } from '../../geo/hydrology/breach.js';
import { fillDepressions } from '../../geo/hydrology/fill.js';
import { resolveFlats } from '../../geo/hydrology/flats.js';
import type { CellSizes, Dem, FlowGrid } from '../../geo/hydrology/flow-grid.js';
import { streamLinks } from '../../geo/hydrology/stream-lines.js';
import type { Raster } from '../../raster/raster.js';
import type { FlowModelChoice } from './flow-model.js';
import { openDem, readDem } from './flow-model-dem.js';
import { FLOW_MODEL_FILES as FILES, type FlowModelFacts, TO_ESRI } from './flow-model-facts.js';
import { writeFlowRaster } from './flow-model-rasters.js';
import { streamText } from './flow-model-streams.js';
import { type FlowThreads, openFlowThreads } from './flow-model-threads.js';

const NODATA = 255;

/** @throws {InputError} as flowModelOf does */
export async function buildFlowModel(
  path: string,
  folder: string,
  choice: FlowModelChoice,
): Promise<FlowModelFacts> {
  const raster = await openDem(path);
  const threads = openFlowThreads(raster.width * raster.height);
  try {
    const { dem, sizes, cells } = await readDem(raster);
    await resolveDirections(dem, sizes, choice, threads);
    const { grid, codes } = dem;
    const [sums] = await Promise.all([
      // The elevations have done their part; the sums take their place.
      threads.accumulateCells({ grid, codes, room: dem.elevations.buffer }),
      writeDirections(raster, join(folder, FILES.directions), grid, codes),
    ]);
    await Promise.all([
      writeFlowRaster(raster, join(folder, FILES.accumulation), {
        sampleType: 'uint32',
        nodata: 0,
        rows: (row, count) => copyRows(sums, grid, row, new Uint32Array(grid.width * count)),
      }),
      writeStreams(raster, folder, threads, { grid, codes, cells: sums, ...choice }),
    ]);
    return { width: grid.width, height: grid.height, cells, ...choice };
  } finally {
    await threads.close();
    await raster.close();
  }
}

/** Conditions the elevations in place and fills the codes with directions that lead every cell off the map. */
export async function resolveDirections(
  dem: Dem,
  sizes: CellSizes,
  { method, breachCells = 0, breachDepth = 0 }: FlowModelChoice,
  threads: FlowThreads,
): Promise<void> {
  if (method === 'breach') breachDepressions(dem, { maxCells: breachCells, maxDepth: breachDepth });
  fillDepressions(dem);
  if ((await threads.assignDirections(dem, sizes)) > 0) resolveFlats(dem);
}

/** Safe while cells are being counted: only the directions in the codes are read. */
function writeDirections(raster: Raster, file: string, grid: FlowGrid, codes: Uint8Array): Promise<void> {
  return writeFlowRaster(raster, file, {
    sampleType: 'uint8',
    nodata: NODATA,
    rows: (row, count) => {
      const rows = copyRows(codes, grid, row, new Uint8Array(grid.width * count));
      for (let i = 0; i < rows.length; i++) rows[i] = TO_ESRI[rows[i]!]!;
      return rows;
    },
  });
}

async function writeStreams(
  raster: Raster,
  folder: string,
  threads: FlowThreads,
  flow: { grid: FlowGrid; codes: Uint8Array; cells: Uint32Array; thresholdCells: number },
): Promise<void> {
  const { grid, codes, cells, thresholdCells } = flow;
  const orders = await threads.strahlerOrders({ grid, codes, cells, thresholdCells });
  await writeFlowRaster(raster, join(folder, FILES.streamOrder), {
    sampleType: 'uint8',
    nodata: NODATA,
    rows: (row, count) => {
      const rows = copyRows(orders, grid, row, new Uint8Array(grid.width * count));
      const own = copyRows(codes, grid, row, new Uint8Array(rows.length));
      for (let i = 0; i < rows.length; i++) if (own[i] === NODATA) rows[i] = NODATA;
      return rows;
    },
  });
  const text = streamText(streamLinks(grid, codes, cells, orders, thresholdCells), raster.grid);
  await pipeline(Readable.from(text), createWriteStream(join(folder, FILES.streams)));
}

/** Rows of the DEM out of a bordered array, into `target`. */
function copyRows<T extends Uint8Array | Uint32Array>(
  bordered: T,
  { width, stride }: FlowGrid,
  row: number,
  target: T,
): T {
  for (let to = 0, from = (row + 1) * stride + 1; to < target.length; to += width, from += stride) {
    target.set(bordered.subarray(from, from + width), to);
  }
  return target;
}

/** The flow model of a batch's DEM with its rasters open: one a thread, kept between rows. */
import { LRUCache } from 'lru-cache';
import type { PrepareContext } from '../../core/task.js';
import type { DirectionTiles } from '../../geo/hydrology/catchment.js';
import { pixelAreasM2 } from '../../geo/pixel-area.js';
import { cellFrame } from '../../raster/cell-frame.js';
import { openRaster, type Raster } from '../../raster/raster.js';
import { tileCache } from '../../raster/tile-cache.js';
import { type FlowModel, type FlowModelRequest, flowModelOf } from './flow-model.js';
import { FROM_ESRI } from './flow-model-facts.js';
import type { WatershedOptions } from './watershed-options.js';
import { demFile } from './watershed-prepare.js';

export interface OpenFlowModel {
  model: FlowModel;
  directions: Raster;
  accumulation: Raster;
  streamOrder: Raster;
  tiles: DirectionTiles;
  /** Of a cell of each row. */
  rowAreasM2: Float64Array;
}

const OPEN_AT_ONCE = 2;
/** 512 tiles of directions: what a catchment of 30 million cells walks through. */
const TILE_BYTES = 32 * 1024 * 1024;

const decodedTiles = tileCache(TILE_BYTES);
const openByFolder = new LRUCache<string, Promise<OpenFlowModel>>({
  max: OPEN_AT_ONCE,
  dispose: (opened) => {
    opened
      .then((rasters) =>
        Promise.all(
          [rasters.directions, rasters.accumulation, rasters.streamOrder].map((one) => one.close()),
        ),
      )
      .catch(() => {});
  },
});

/** @throws {InputError} as flowModelOf does */
export async function openFlowModel(
  { data, options, cacheDir }: Pick<PrepareContext<WatershedOptions>, 'data' | 'options' | 'cacheDir'>,
  exclusively?: NonNullable<FlowModelRequest['exclusively']>,
): Promise<OpenFlowModel> {
  const { method, thresholdCells, breachCells, breachDepth } = options;
  const model = await flowModelOf(demFile(data.dem), {
    ...{ method, thresholdCells, breachCells, breachDepth, cacheDir },
    ...(exclusively === undefined ? {} : { exclusively }),
  });
  const known = openByFolder.get(model.folder);
  if (known !== undefined) return known;
  const opening = openRasters(model);
  openByFolder.set(model.folder, opening);
  opening.catch(() => openByFolder.delete(model.folder));
  return opening;
}

async function openRasters(model: FlowModel): Promise<OpenFlowModel> {
  const [directions, accumulation, streamOrder] = (await Promise.all(
    [model.directions, model.accumulation, model.streamOrder].map((file) =>
      openRaster(file, { cache: decodedTiles }),
    ),
  )) as [Raster, Raster, Raster];
  return {
    ...{ model, directions, accumulation, streamOrder },
    tiles: directionTiles(directions),
    rowAreasM2: pixelAreasM2(cellFrame(directions)),
  };
}

function directionTiles({ width, height, tileWidth, tileHeight, readTile }: Raster): DirectionTiles {
  return {
    ...{ width, height, tileWidth, tileHeight },
    readTile: async (column, row) => {
      const { samples, width: rowStride } = await readTile(column, row);
      return { codes: Uint8Array.from(samples, (code) => FROM_ESRI[code]!), rowStride };
    },
  };
}

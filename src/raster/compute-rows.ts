/** One job of computeRaster, in a thread: some rows of the grid are read, computed, and encoded as tiles. */
import { loadExport } from '../core/load-export.js';
import { resampled } from './align.js';
import type { ComputeInput, KernelName } from './compute-raster.js';
import type { Samples } from './nodata.js';
import {
  type BandScaling,
  openRasterUnplaced,
  type PixelRaster,
  type UnplacedRaster,
  type Window,
} from './raster.js';
import { tileCache } from './tile-cache.js';
import { type EncodedRows, type TileEncoding, TileRowEncoder } from './tile-row-encoder.js';

/** Makes a formula for one job. */
export type MakeKernel = (setup: { options: unknown; inputs: readonly InputFacts[] }) => Kernel;

export interface Kernel {
  /** Samples of the block's window, row by row, always of the same type. */
  compute(block: { window: Window; inputs: readonly InputBlock[] }): Samples;
  /** What is to be told of all blocks of this job; must be cloneable. */
  summary(): unknown;
}

export interface InputFacts {
  file: string;
  isNodata(sample: number): boolean;
  /** As the samples store it; NaN is nodata as well. */
  nodata: number | undefined;
  scaling: BandScaling | undefined;
}

export interface InputBlock {
  samples: Samples;
  /** The block's window, wider by the input's margin where the grid goes on. */
  window: Window;
}

export interface ComputeRowsRequest {
  inputs: readonly [ComputeInput, ...ComputeInput[]];
  kernel: KernelName;
  /** First row and number of rows: whole rows of output tiles. */
  row: number;
  rows: number;
  tileSize: number;
  /** Absent: the samples are not wanted. */
  encode: (TileEncoding & { into: EncodedRows }) | undefined;
}

export interface ComputedRows {
  /** For each row of tiles the bytes of each tile; the tiles lie one after the other in the request's `into`. */
  tileBytes: number[][];
  summary: unknown;
}

/** Columns of a block: wide enough to be quick, narrow enough that blocks of many inputs stay small. */
const BLOCK_COLUMNS = 1024;
/** Tiles that two blocks share. */
const CACHE_BYTES = 4 << 20;

/** @throws {InputError} as openRaster does, RASTER_DAMAGED, and what the formula throws */
export async function computeRows(request: ComputeRowsRequest): Promise<ComputedRows> {
  const { inputs, close } = await openInputs(request.inputs);
  try {
    const kernel = await makeKernel(request.kernel, inputs);
    const encoder =
      request.encode && new TileRowEncoder(request.encode, request.encode.into, inputs[0]!.raster.width);
    for (let row = request.row; row < request.row + request.rows; row += request.tileSize) {
      await computeTileRow(request, { inputs, kernel, row, encoder });
    }
    return { tileBytes: encoder?.tileBytes ?? [], summary: kernel.summary() };
  } finally {
    await close();
  }
}

interface OpenInput {
  raster: PixelRaster;
  band: number;
  margin: number;
}

/** Inputs of one file share it, so that a tile of all its bands is decoded once. */
async function openInputs(
  inputs: ComputeRowsRequest['inputs'],
): Promise<{ inputs: OpenInput[]; close(): Promise<void> }> {
  const cache = tileCache(CACHE_BYTES);
  const files = new Map<string, UnplacedRaster>();
  const open = async (file: string) => {
    const raster = files.get(file) ?? (await openRasterUnplaced(file, { cache }));
    files.set(file, raster);
    return raster;
  };
  const close = async () => {
    await Promise.all([...files.values()].map((raster) => raster.close()));
  };
  try {
    const first = await open(inputs[0].file);
    const opened: OpenInput[] = [];
    for (const { file, band = 0, margin = 0, resample } of inputs) {
      const raster = await open(file);
      const onGrid = resample === undefined ? raster : resampled(raster.placed(), first.placed(), resample);
      opened.push({ raster: onGrid, band, margin });
    }
    return { inputs: opened, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function makeKernel({ module, name, options }: KernelName, inputs: OpenInput[]): Promise<Kernel> {
  const make = (await loadExport(module, name)) as MakeKernel;
  const facts = inputs.map(({ raster, band }) => ({
    file: raster.path,
    isNodata: raster.isNodata,
    nodata:
      raster.sampleType === 'float32' && raster.nodata !== undefined
        ? Math.fround(raster.nodata)
        : raster.nodata,
    scaling: raster.scaling[band],
  }));
  return make({ options, inputs: facts });
}

async function computeTileRow(
  { rows, row: first, tileSize }: ComputeRowsRequest,
  {
    inputs,
    kernel,
    row,
    encoder,
  }: { inputs: OpenInput[]; kernel: Kernel; row: number; encoder: TileRowEncoder | undefined },
): Promise<void> {
  const { width } = inputs[0]!.raster;
  const height = Math.min(tileSize, first + rows - row);
  const step = blockColumns(inputs, tileSize);
  encoder?.beginRow();
  for (let column = 0; column < width; column += step) {
    const window = { column, row, width: Math.min(step, width - column), height };
    const samples = kernel.compute({ window, inputs: await readBlocks(inputs, window) });
    encoder?.add(samples, window);
  }
}

/** Strips are decoded whole, so their rows are read whole. */
function blockColumns(inputs: OpenInput[], tileSize: number): number {
  const widest = Math.max(...inputs.map(({ raster }) => raster.tileWidth), Math.min(tileSize, BLOCK_COLUMNS));
  const step = Math.max(widest, BLOCK_COLUMNS);
  return Math.ceil(step / tileSize) * tileSize;
}

async function readBlocks(inputs: OpenInput[], window: Window): Promise<InputBlock[]> {
  const blocks: InputBlock[] = [];
  for (const [i, { raster, margin }] of inputs.entries()) {
    if (blocks[i] !== undefined) continue;
    const wider = widened(window, margin, raster);
    const alike = inputs.flatMap((other, k) =>
      other.raster === raster && other.margin === margin ? [k] : [],
    );
    const bands = alike.map((k) => inputs[k]!.band);
    const samples = await raster.readBands(wider, bands, { once: true });
    for (const [n, k] of alike.entries()) blocks[k] = { samples: samples[n]!, window: wider };
  }
  return blocks;
}

function widened({ column, row, width, height }: Window, margin: number, raster: PixelRaster): Window {
  const left = Math.max(0, column - margin);
  const top = Math.max(0, row - margin);
  return {
    column: left,
    row: top,
    width: Math.min(raster.width, column + width + margin) - left,
    height: Math.min(raster.height, row + height + margin) - top,
  };
}

/**
 * Rasters in, a formula, a raster and a summary out: rows of tiles go to threads, each of which reads, computes and
 * compresses its own; they come back in order and are written while the next are made. Memory holds a few rows of tiles,
 * whatever the raster's height.
 */
import { availableParallelism } from 'node:os';
import { openThreadPool, type ThreadPool } from '../core/thread-pool.js';
import type { Resampling } from './align.js';
import type { ComputedRows, ComputeRowsRequest } from './compute-rows.js';
import { type GeoTiffSpec, storedNodata } from './geotiff-spec.js';
import { createGeoTiff, type GeoTiffWriter } from './geotiff-writer.js';
import { openRasterUnplaced, type UnplacedRaster } from './raster.js';
import { requireAligned } from './series.js';
import { type EncodedRows, halvesOf, roomForRows, type TileEncoding } from './tile-row-encoder.js';

export interface ComputeInput {
  file: string;
  /** 0 is the first, and the default. */
  band?: number;
  /** Pixels around each block that the formula sees too, such as for growing a mask. */
  margin?: number;
  /** A raster of another grid, read on that of the first input. */
  resample?: Resampling;
}

/** An exported function that makes the formula: a `MakeKernel` of compute-rows.ts. */
export interface KernelName {
  /** `new URL('./neighbour.js', import.meta.url).href` */
  module: string;
  name: string;
  /** Given to the function; cloned on the way. */
  options: unknown;
}

export type ComputeOutput = { path: string } & Pick<
  GeoTiffSpec,
  'sampleType' | 'nodata' | 'layout' | 'level' | 'overviews' | 'bandNames' | 'scale' | 'offset' | 'tileSize'
>;

export interface ComputeRequest {
  /** The first gives the grid; the others lie on it, or are resampled. */
  inputs: readonly [ComputeInput, ...ComputeInput[]];
  kernel: KernelName;
  /** Absent: only the summaries are wanted. */
  output?: ComputeOutput | undefined;
  /** As many as there are cores, when absent; 0: all is done in this one. */
  threads?: number | undefined;
}

export interface Computed<S> {
  /** What the formula's `summary` gave, from top to bottom. */
  summaries: S[];
  output: { path: string; bytes: number } | undefined;
}

/** Below this, starting threads costs more than they save. */
const WORTH_THREADS_PIXELS = 1 << 20;
const TILE_SIZE = 512;
const DEFLATE_LEVEL = 6;
const MAX_ROWS = 2048;

/**
 * @throws {InputError} as openRaster and createGeoTiff do, RASTERS_NOT_ALIGNED, and what the formula throws; then
 * nothing is left behind
 */
export async function computeRaster<S>(request: ComputeRequest): Promise<Computed<S>> {
  const grid = await checkInputs(request.inputs);
  const jobs = jobsOf(request, grid);
  const { threads = availableParallelism() } = request;
  const isAlone = threads < 1 || grid.width * grid.height < WORTH_THREADS_PIXELS;
  const pool = isAlone ? undefined : openThreadPool({ size: Math.min(threads, jobs.length) });
  const writer = await openOutput(request, grid);
  try {
    const summaries: S[] = [];
    for await (const { job, rows } of inOrder(jobs, { pool, encoding: encodingOf(request), grid })) {
      summaries.push(rows.summary as S);
      if (writer !== undefined) await writeRows(writer, job, rows, grid);
    }
    return { summaries, output: await writer?.close() };
  } catch (error) {
    await writer?.abort();
    throw error;
  } finally {
    await pool?.close();
  }
}

type GridFacts = Pick<
  UnplacedRaster,
  'width' | 'height' | 'affine' | 'crs' | 'geoKeys' | 'tileWidth' | 'tileHeight'
>;

/** The first input's grid; the others are opened to see that they are there and fit. */
async function checkInputs(inputs: ComputeRequest['inputs']): Promise<GridFacts> {
  const opened: UnplacedRaster[] = [];
  try {
    for (const file of new Set(inputs.map(({ file }) => file))) opened.push(await openRasterUnplaced(file));
    const [first, ...others] = opened as [UnplacedRaster, ...UnplacedRaster[]];
    if (others.length > 0) {
      const moved = new Set(inputs.filter(({ resample }) => resample !== undefined).map(({ file }) => file));
      const placed = opened.map((raster) => raster.placed());
      requireAligned(placed.filter((raster) => raster.path === first.path || !moved.has(raster.path)));
    }
    const tileHeight = Math.max(...opened.map((raster) => raster.tileHeight));
    const { width, height, affine, crs, geoKeys, tileWidth } = first;
    return { width, height, affine, crs, geoKeys, tileWidth, tileHeight };
  } finally {
    await Promise.all(opened.map((raster) => raster.close()));
  }
}

type Job = Omit<ComputeRowsRequest, 'encode'>;

/** One job is one row of tiles of the output, or more where the inputs' tiles are higher. */
function jobsOf({ inputs, kernel, output }: ComputeRequest, grid: GridFacts): Job[] {
  const tileSize = output?.tileSize ?? TILE_SIZE;
  const rows = Math.max(1, Math.floor(Math.min(grid.tileHeight, MAX_ROWS) / tileSize)) * tileSize;
  return Array.from({ length: Math.ceil(grid.height / rows) }, (_, i) => ({
    inputs,
    kernel,
    tileSize,
    row: i * rows,
    rows: Math.min(rows, grid.height - i * rows),
  }));
}

function encodingOf({ output }: ComputeRequest): TileEncoding | undefined {
  if (output === undefined) return undefined;
  const { sampleType, tileSize = TILE_SIZE, level = DEFLATE_LEVEL, overviews = 'none' } = output;
  return { sampleType, tileSize, level, overviews, nodata: storedNodata(output) };
}

async function openOutput({ output }: ComputeRequest, grid: GridFacts): Promise<GeoTiffWriter | undefined> {
  if (output === undefined) return undefined;
  const { path, ...spec } = output;
  const { width, height, affine, crs, geoKeys } = grid;
  return createGeoTiff(path, { tileSize: TILE_SIZE, ...spec, width, height, affine, crs, geoKeys });
}

interface Finished {
  job: ComputeRowsRequest;
  rows: ComputedRows;
}

/**
 * Runs the jobs, at most one more than there are threads at a time. Their tiles come in memory that is used again for
 * later jobs once the next result is asked for.
 */
async function* inOrder(
  jobs: readonly Job[],
  {
    pool,
    encoding,
    grid,
  }: { pool: ThreadPool | undefined; encoding: TileEncoding | undefined; grid: GridFacts },
): AsyncGenerator<Finished> {
  const { computeRows } = await import('./compute-rows.js');
  const module = new URL('./compute-rows.js', import.meta.url).href;
  const free: EncodedRows[] = [];
  const running: Promise<Finished>[] = [];
  const start = async (job: ComputeRowsRequest): Promise<Finished> => {
    const call = { module, name: 'computeRows', args: job };
    return { job, rows: await (pool?.run<ComputedRows>(call) ?? computeRows(job)) };
  };
  const left = [...jobs];
  while (left.length + running.length > 0) {
    while (left.length > 0 && running.length <= (pool?.size ?? 0)) {
      const room = { width: grid.width, rows: jobs[0]!.rows };
      const into = encoding && (free.pop() ?? roomForRows(encoding, room));
      const started = start({ ...left.shift()!, encode: encoding && into && { ...encoding, into } });
      started.catch(() => {});
      running.push(started);
    }
    const finished = await running.shift()!;
    yield finished;
    if (finished.job.encode !== undefined) free.push(finished.job.encode.into);
  }
}

async function writeRows(
  writer: GeoTiffWriter,
  { encode, row, rows, tileSize }: ComputeRowsRequest,
  { tileBytes }: ComputedRows,
  { width }: GridFacts,
): Promise<void> {
  const { into, ...encoding } = encode!;
  let at = 0;
  for (const [index, bytes] of tileBytes.entries()) {
    const tiles = bytes.map((length) => {
      at += length;
      return new Uint8Array(into.tiles, at - length, length);
    });
    const height = Math.min(tileSize, rows - index * tileSize);
    const half =
      encoding.overviews === 'none' ? undefined : halvesOf(into, encoding, { width, index, height });
    await writer.writeEncoded({ band: 0, tileRow: row / tileSize + index, tiles, half });
  }
}

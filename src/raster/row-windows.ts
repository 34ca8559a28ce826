/** Rasters of one grid from top to bottom: whole rows of tiles, the next ones decoded while the last are used. */
import { InputError } from '../core/error.js';
import type { Samples } from './nodata.js';
import type { PixelSource, Window } from './raster.js';

export interface RowWindow {
  /** As wide as the raster. */
  window: Window;
  /** Of each raster in turn each band in turn; row by row, the caller's own. */
  samples: Samples[];
}

export interface RowWindowOptions {
  /** Bands of every raster; 0 is the first, and the default. */
  bands?: readonly number[];
  /** At least so many rows a window, rounded up to whole tiles. Default: 64, so that strips of one row are grouped. */
  rows?: number;
}

const DEFAULT_ROWS = 64;
/** Rasters with other tile heights share windows of a common multiple up to this; beyond, tiles are decoded twice. */
const MAX_COMMON_ROWS = 2048;

/**
 * All rows of one raster, or of several of one size, in order. Two windows are in memory: the one that is used and the
 * one that is read meanwhile.
 * @throws {InputError} RASTER_DAMAGED, naming file and block; RASTERS_NOT_ALIGNED for rasters of different sizes
 */
export async function* rowWindows(
  rasters: PixelSource | readonly PixelSource[],
  { bands = [0], rows = DEFAULT_ROWS }: RowWindowOptions = {},
): AsyncGenerator<RowWindow, void, undefined> {
  const sources = 'width' in rasters ? [rasters] : rasters;
  const [first] = sources;
  if (first === undefined) return;
  requireOneSize(sources);
  const step = windowRows(sources, rows);
  let next: Promise<RowWindow> | undefined = readRows(sources, bands, 0, step);
  try {
    for (let row = 0; row < first.height; row += step) {
      const current: RowWindow = await next!;
      next = row + step < first.height ? readRows(sources, bands, row + step, step) : undefined;
      next?.catch(() => {});
      yield current;
    }
  } finally {
    await next?.catch(() => {});
  }
}

async function readRows(
  sources: readonly PixelSource[],
  bands: readonly number[],
  row: number,
  step: number,
): Promise<RowWindow> {
  const { width, height } = sources[0]!;
  const window = { column: 0, row, width, height: Math.min(step, height - row) };
  const samples: Samples[] = [];
  for (const source of sources) samples.push(...(await source.readBands(window, bands, { ahead: true })));
  return { window, samples };
}

function windowRows(sources: readonly PixelSource[], rows: number): number {
  const heights = sources.map(({ tileHeight }) => tileHeight);
  const common = heights.reduce(leastCommonMultiple);
  const unit = common <= MAX_COMMON_ROWS ? common : Math.max(...heights);
  return unit * Math.ceil(Math.max(1, rows) / unit);
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return (a / x) * b;
}

function requireOneSize(sources: readonly PixelSource[]): void {
  const [first, ...others] = sources;
  for (const { width, height } of others) {
    if (width === first?.width && height === first.height) continue;
    throw new InputError(
      `rasters of ${first?.width} x ${first?.height} and ${width} x ${height} pixels cannot be read together; expected one size`,
      {
        code: 'RASTERS_NOT_ALIGNED',
        details: { found: [width, height], expected: [first?.width, first?.height] },
      },
    );
  }
}

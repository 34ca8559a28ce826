/**
 * A band at the size of a picture: one sample for each of its pixels, taken from the nearest pixel of the raster or of
 * an overview. For looking at, never for statistics.
 */
import type { LonLat } from '../geo/geodesic.js';
import type { Grid } from '../geo/grid.js';
import type { PixelSource, Raster } from './raster.js';

/** Where a picture's pixels lie; its pixel (0, 0) spans 0 to 1 both ways. */
export interface Picture {
  width: number;
  height: number;
  toLonLat(x: number, y: number): LonLat;
}

/** Places between these many pixels are interpolated: a projection bends less than a pixel there. */
const LATTICE = 16;

/**
 * Samples of `band` (0 is the first), scaled as the file declares: height x width of the picture, row by row; NaN where
 * the raster has nodata or does not reach. Reads each block that holds a pixel once, one at a time.
 */
export async function readPreview(raster: Raster, picture: Picture, band = 0): Promise<Float64Array> {
  const places = placesOf(raster.grid, picture);
  const source = sourceFor(raster, picture, places);
  const values = new Float64Array(picture.width * picture.height).fill(Number.NaN);
  const pixels = pixelsOf(source, raster, places);
  const { scale, offset } = raster.scaling[band] ?? { scale: 1, offset: 0 };
  for (const { column, row, members } of blocksOf(source, pixels)) {
    const width = Math.min(source.tileWidth, source.width - column);
    const height = Math.min(source.tileHeight, source.height - row);
    const samples = await source.readWindow({ column, row, width, height }, band);
    for (const member of members) {
      const x = pixels.columns[member]! - column;
      const y = pixels.rows[member]! - row;
      const sample = samples[y * width + x] as number;
      if (!source.isNodata(sample)) values[member] = sample * scale + offset;
    }
  }
  return values;
}

interface Places {
  columns: Float64Array;
  rows: Float64Array;
}

/** Fractional pixel positions on the raster of every picture pixel's centre. */
function placesOf(grid: Grid, { width, height, toLonLat }: Picture): Places {
  const across = Math.ceil(width / LATTICE) + 1;
  const down = Math.ceil(height / LATTICE) + 1;
  const knots = Array.from({ length: across * down }, (_, knot) =>
    grid.toPixel(toLonLat((knot % across) * LATTICE + 0.5, Math.floor(knot / across) * LATTICE + 0.5)),
  );
  const columns = new Float64Array(width * height);
  const rows = new Float64Array(width * height);
  for (let y = 0, at = 0; y < height; y++) {
    const j = Math.floor(y / LATTICE);
    const v = y / LATTICE - j;
    for (let x = 0; x < width; x++, at++) {
      const i = Math.floor(x / LATTICE);
      const u = x / LATTICE - i;
      const a = knots[j * across + i]!;
      const b = knots[j * across + i + 1]!;
      const c = knots[(j + 1) * across + i]!;
      const d = knots[(j + 1) * across + i + 1]!;
      columns[at] = (1 - v) * ((1 - u) * a.column + u * b.column) + v * ((1 - u) * c.column + u * d.column);
      rows[at] = (1 - v) * ((1 - u) * a.row + u * b.row) + v * ((1 - u) * c.row + u * d.row);
    }
  }
  return { columns, rows };
}

/** The smallest overview that has a pixel of its own for each of the picture's; else the raster. */
function sourceFor(raster: Raster, { width, height }: Picture, { columns, rows }: Places): PixelSource {
  const last = width * height - 1;
  const shown = Math.max(
    Math.abs(columns[width - 1]! - columns[0]!) / width,
    Math.abs(rows[last]! - rows[0]!) / height,
  );
  const fine = raster.overviews.filter((overview) => raster.width / overview.width <= shown);
  return fine.at(-1) ?? raster;
}

interface Pixels {
  /** -1 beside the raster. */
  columns: Int32Array;
  rows: Int32Array;
}

function pixelsOf(source: PixelSource, raster: Raster, { columns, rows }: Places): Pixels {
  const shrunkX = source.width / raster.width;
  const shrunkY = source.height / raster.height;
  const pixels = { columns: new Int32Array(columns.length).fill(-1), rows: new Int32Array(rows.length) };
  for (let at = 0; at < columns.length; at++) {
    const column = Math.floor(columns[at]! * shrunkX);
    const row = Math.floor(rows[at]! * shrunkY);
    if (!(column >= 0 && row >= 0 && column < source.width && row < source.height)) continue;
    pixels.columns[at] = column;
    pixels.rows[at] = row;
  }
  return pixels;
}

interface Block {
  /** Of its first pixel. */
  column: number;
  row: number;
  /** Indices of the picture's pixels in it. */
  members: number[];
}

function blocksOf({ tileWidth, tileHeight }: PixelSource, { columns, rows }: Pixels): Iterable<Block> {
  const blocks = new Map<string, Block>();
  for (let at = 0; at < columns.length; at++) {
    if (columns[at]! < 0) continue;
    const column = columns[at]! - (columns[at]! % tileWidth);
    const row = rows[at]! - (rows[at]! % tileHeight);
    const key = `${column} ${row}`;
    const block = blocks.get(key);
    if (block === undefined) blocks.set(key, { column, row, members: [at] });
    else block.members.push(at);
  }
  return blocks.values();
}

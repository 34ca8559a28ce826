/**
 * Small squares of the bands that a thread has read: neighbouring watersheds fall into the same few cells of a rain or
 * evaporation grid, and a series has thousands of files that need not be opened again for each of them.
 */
import { LRUCache } from 'lru-cache';
import type { Samples } from '../../../raster/nodata.js';
import type { PixelRaster, Window } from '../../../raster/raster.js';

/** Measures row by row, NaN where nothing was measured. */
export type Values = Float32Array;

/** How a file's numbers become measures. */
export interface Reading {
  band: number;
  scale: number;
  offset: number;
  /** In the file's own numbers. */
  valid: readonly [least: number, most: number] | undefined;
}

const SQUARE = 64;
/** Windows of more squares are read straight: they are of fine grids, where the next watershed has other cells. */
const MAX_SQUARES = 4;
const MAX_BYTES = 48 * 1024 * 1024;
/** Of a key and of the objects around the array. */
const ENTRY_BYTES = 300;

const squares = new LRUCache<string, Values>({
  maxSize: MAX_BYTES,
  sizeCalculation: (values) => values.byteLength + ENTRY_BYTES,
});

/**
 * A window of several bands, each the caller's own. `identity` changes when the file does; `open` is called only when
 * something must be read, and the one who gives it closes what it opens. What is missing of several bands is read at
 * once: a tile that holds all bands is decoded once for all of them.
 */
export async function readValues(
  place: { file: string; identity: string; width: number; height: number },
  window: Window,
  readings: readonly Reading[],
  open: () => Promise<PixelRaster>,
): Promise<Values[]> {
  const parts = squaresOf(window, place);
  if (parts.length > MAX_SQUARES) return readPart(await open(), window, readings);
  const values = readings.map(() => new Float32Array(window.width * window.height));
  for (const part of parts) {
    const known = await squaresAt(place, part, readings, open);
    known.forEach((square, i) => {
      copyInto(values[i]!, window, square, part);
    });
  }
  return values;
}

/** One square of several bands, from the cache where it is there. */
async function squaresAt(
  { file, identity }: { file: string; identity: string },
  part: Window,
  readings: readonly Reading[],
  open: () => Promise<PixelRaster>,
): Promise<Values[]> {
  const keys = readings.map(
    ({ band, scale, offset, valid }) =>
      `${identity}\0${file}\0${band}\0${scale}\0${offset}\0${valid}\0${part.column}\0${part.row}`,
  );
  const known = keys.map((key) => squares.get(key));
  const missing = readings.filter((_, i) => known[i] === undefined);
  const read = missing.length === 0 ? [] : await readPart(await open(), part, missing);
  return known.map((square, i) => {
    const values = square ?? read[missing.indexOf(readings[i]!)]!;
    if (square === undefined) squares.set(keys[i]!, values);
    return values;
  });
}

function squaresOf(window: Window, { width, height }: { width: number; height: number }): Window[] {
  const parts: Window[] = [];
  for (let row = window.row - (window.row % SQUARE); row < window.row + window.height; row += SQUARE) {
    const from = window.column - (window.column % SQUARE);
    for (let column = from; column < window.column + window.width; column += SQUARE) {
      parts.push({
        column,
        row,
        width: Math.min(SQUARE, width - column),
        height: Math.min(SQUARE, height - row),
      });
    }
  }
  return parts;
}

async function readPart(
  raster: PixelRaster,
  window: Window,
  readings: readonly Reading[],
): Promise<Values[]> {
  const samples = await raster.readBands(
    window,
    readings.map(({ band }) => band),
  );
  return readings.map((reading, i) => measured(raster, samples[i]!, reading));
}

function measured(raster: PixelRaster, samples: Samples, { scale, offset, valid }: Reading): Values {
  const values = new Float32Array(samples.length);
  for (let i = 0; i < values.length; i++) {
    const sample = samples[i]!;
    const isMissing =
      raster.isNodata(sample) || (valid !== undefined && (sample < valid[0] || sample > valid[1]));
    values[i] = isMissing ? Number.NaN : sample * scale + offset;
  }
  return values;
}

function copyInto(values: Values, window: Window, square: Values, part: Window): void {
  const columnFrom = Math.max(window.column, part.column);
  const columnTo = Math.min(window.column + window.width, part.column + part.width);
  const rowTo = Math.min(window.row + window.height, part.row + part.height);
  for (let row = Math.max(window.row, part.row); row < rowTo; row++) {
    const from = (row - part.row) * part.width - part.column;
    values.set(
      square.subarray(from + columnFrom, from + columnTo),
      (row - window.row) * window.width + columnFrom - window.column,
    );
  }
}

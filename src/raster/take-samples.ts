/** Samples of a raster taken at places between its pixels. */
import type { Samples } from './nodata.js';
import type { Raster, Window } from './raster.js';

/** Centres on the line between two pixels belong to the right and lower one, rounding or not. */
export const TIE = 1e-9;

/** What fills a part of a window. */
export interface SamplesPlace {
  /** The part of the window that is filled. */
  part: Window;
  window: Window;
  /** Of the part's centres, in the raster's pixels. */
  positions: { columns: Float64Array; rows: Float64Array };
  /** What `values` holds of the raster. */
  source: Window;
  values: Samples;
  raster: Raster;
}

export function takeNearest(
  { part, window, positions, source, values, raster }: SamplesPlace,
  samples: Samples,
): void {
  const { columns, rows } = positions;
  for (let y = 0, i = 0; y < part.height; y++) {
    let to = (part.row - window.row + y) * window.width + part.column - window.column;
    for (let x = 0; x < part.width; x++, i++, to++) {
      const column = Math.floor(columns[i]! + TIE);
      const row = Math.floor(rows[i]! + TIE);
      if (!(column >= 0 && row >= 0 && column < raster.width && row < raster.height)) continue;
      samples[to] = values[(row - source.row) * source.width + column - source.column]!;
    }
  }
}

/** By the four nearest centres; a place whose own pixel is nodata stays as it is. */
export function takeBilinear(
  { part, window, positions, source, values, raster }: SamplesPlace,
  samples: Samples,
): void {
  const { columns, rows } = positions;
  const valid = validSamples(values, raster);
  for (let y = 0, i = 0; y < part.height; y++) {
    let to = (part.row - window.row + y) * window.width + part.column - window.column;
    for (let x = 0; x < part.width; x++, i++, to++) {
      const column = Math.floor(columns[i]! + TIE);
      const row = Math.floor(rows[i]! + TIE);
      if (!(column >= 0 && row >= 0 && column < raster.width && row < raster.height)) continue;
      if (valid[(row - source.row) * source.width + column - source.column] === 0) continue;
      samples[to] = weighed(columns[i]! - 0.5, rows[i]! - 0.5, source, values, valid);
    }
  }
}

/** Mean of the four samples around a place that is given from the first centre, by nearness both ways. */
function weighed(x: number, y: number, source: Window, values: Samples, valid: Uint8Array): number {
  const column = Math.floor(x);
  const row = Math.floor(y);
  const right = x - column;
  const lower = y - row;
  let sum = 0;
  let weights = 0;
  for (let k = 0; k < 4; k++) {
    const c = column + (k & 1) - source.column;
    const r = row + (k >> 1) - source.row;
    if (c < 0 || r < 0 || c >= source.width || r >= source.height) continue;
    const at = r * source.width + c;
    if (valid[at] === 0) continue;
    const weight = ((k & 1) === 1 ? right : 1 - right) * (k >> 1 === 1 ? lower : 1 - lower);
    sum += weight * values[at]!;
    weights += weight;
  }
  return weights > 0 ? sum / weights : Number.NaN;
}

function validSamples(values: Samples, { isNodata }: Raster): Uint8Array {
  const valid = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) valid[i] = isNodata(values[i]!) ? 0 : 1;
  return valid;
}

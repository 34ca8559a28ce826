/** Daily rain of the cells that a watershed's pixels fall into, with the rain of the days before. */
import type { DataSource } from '../../../core/task.js';
import type { Raster } from '../../../raster/raster.js';
import { sourcePositions } from '../../../raster/source-positions.js';
import { isTable, valuesOf, type Watershed } from '../series/dated-values.js';
import type { Span } from '../series/file-dates.js';
import { openRasterSeries } from '../series/raster-series.js';
import type { LandCells } from './land-cells.js';

export interface RainDays {
  /** The day of column 0. */
  from: number;
  days: number;
  /** Cells x days, in mm; NaN where nothing was measured. */
  rain: Float32Array;
  /** Cell of each of the watershed's pixels; -1 outside the rain grid. */
  cellOf: Int32Array;
}

/** A series whose values are of longer than a day has no daily rain. */
export class NotDaily extends Error {}

/**
 * Rain of the days of `between`. A table's rain is the same over the whole watershed.
 * @throws {NotDaily} for rain by month or fortnight
 */
export async function rainDays(
  source: DataSource,
  place: { watershed: Watershed; cells: LandCells; landCover: Raster },
  between: Span,
  identity: string,
): Promise<RainDays> {
  const days = between.to - between.from;
  if (isTable(source)) {
    const rain = new Float32Array(days).fill(Number.NaN);
    for (const { from, to, value } of await valuesOf(source, place.watershed, between, { identity })) {
      requireDaily(source, { from, to });
      if (value !== null) rain[from - between.from] = value;
    }
    return { from: between.from, days, rain, cellOf: new Int32Array(place.cells.positions.length) };
  }
  const { first, read } = await openRasterSeries(source, identity);
  const { columns, rows } = sourcePositions(first, place.landCover, place.cells.window);
  const { window, cellOf, cells } = cellsOf(first, place.cells.positions, columns, rows);
  const rain = new Float32Array(cells.length * days).fill(Number.NaN);
  if (cells.length > 0) {
    for await (const { span, values } of read(window, between)) {
      requireDaily(source, span);
      const day = span.from - between.from;
      for (let cell = 0; cell < cells.length; cell++) rain[cell * days + day] = values[cells[cell]!]!;
    }
  }
  return { from: between.from, days, rain, cellOf };
}

/** The rain cells that are needed, numbered in the order they are met, and the window that holds them. */
function cellsOf(
  { width, height }: Raster,
  positions: Int32Array,
  columns: Float64Array,
  rows: Float64Array,
) {
  const places = Array.from(positions, (at): [column: number, row: number] => [
    Math.floor(columns[at]!),
    Math.floor(rows[at]!),
  ]);
  const isOn = ([column, row]: [number, number]) => column >= 0 && row >= 0 && column < width && row < height;
  const on = places.filter(isOn);
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (const [column, row] of on) {
    [left, right] = [Math.min(left, column), Math.max(right, column)];
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
  }
  const window = { column: left, row: top, width: right - left + 1, height: bottom - top + 1 };
  const numbers = new Map<number, number>();
  const cellOf = Int32Array.from(places, (place) => {
    if (!isOn(place)) return -1;
    const at = (place[1] - top) * window.width + place[0] - left;
    const number = numbers.get(at) ?? numbers.size;
    numbers.set(at, number);
    return number;
  });
  return { window, cellOf, cells: [...numbers.keys()] };
}

function requireDaily({ origin }: DataSource, { from, to }: Span): void {
  if (to - from === 1) return;
  throw new NotDaily(
    `${origin} has values of ${to - from} days; runoff by curve numbers needs rain by the day`,
  );
}

/** Tiles of a raster handed to the zones that cover them: each tile read once, the next ones while this one is used. */
import type { Coverage } from '../geo/coverage.js';
import { pixelAreasM2 } from '../geo/pixel-area.js';
import { cellFrame } from './cell-frame.js';
import type { Samples } from './nodata.js';
import type { Window } from './raster.js';
import type { ZonalRaster } from './zonal.js';

/** Takes in the pixels of one zone, tile by tile. */
export interface ZoneAccumulator<Sums> {
  /** Whole pixels of a row: `samples[from]` to before `samples[to]`. */
  addRun(samples: Samples, from: number, to: number, row: number): void;
  /** A pixel of which `share` (0 to 1) is in the zone. */
  addCell(sample: number, share: number, row: number): void;
  finish(): Sums;
}

/** Tiles that are being read at once; their compression may be undone in as many threads. */
const TILES_AHEAD = 4;

/**
 * The sums of each coverage, in order. `areas` given to an accumulator are m² of a pixel of each row of the raster.
 * @throws {InputError} AREA_NEEDS_CRS, or what reading throws
 */
export async function readZones<Sums>(
  raster: ZonalRaster,
  coverages: readonly Coverage[],
  { band = 0, areas = false }: { band?: number; areas?: boolean },
  accumulator: (areas: Float64Array | undefined) => ZoneAccumulator<Sums>,
): Promise<Sums[]> {
  const rowAreas = areas ? pixelAreasM2(cellFrame(raster)) : undefined;
  const open = new Map<Coverage, ZoneAccumulator<Sums>>();
  const sums = new Map<Coverage, Sums>();
  for await (const { tile, samples } of readTiles(raster, zoneTiles(raster, coverages), band)) {
    for (const coverage of tile.zones) {
      const zone = open.get(coverage) ?? accumulator(rowAreas);
      open.set(coverage, zone);
      addTile(zone, coverage, samples, tile.window);
    }
    for (const coverage of tile.complete) {
      sums.set(coverage, open.get(coverage)!.finish());
      open.delete(coverage);
    }
  }
  return coverages.map((coverage) => sums.get(coverage) ?? accumulator(rowAreas).finish());
}

interface ZoneTile {
  window: Window;
  /** Zones whose own window this tile meets. */
  zones: Coverage[];
  /** Those of them that no later tile meets. */
  complete: Coverage[];
}

/** The tiles that zones need, in the order of the file. */
function* zoneTiles(raster: ZonalRaster, coverages: readonly Coverage[]): Generator<ZoneTile> {
  const { tileWidth, tileHeight, width, height } = raster;
  const waiting = coverages.filter(({ outside }) => !outside).sort((a, b) => a.row - b.row);
  let active: Coverage[] = [];
  for (let next = 0, band = 0; active.length > 0 || next < waiting.length; band++) {
    if (active.length === 0) band = Math.floor(waiting[next]!.row / tileHeight);
    const top = band * tileHeight;
    const bottom = Math.min(height, top + tileHeight);
    while (next < waiting.length && waiting[next]!.row < bottom) active.push(waiting[next++]!);
    for (const [tileColumn, zones] of byTileColumn(active, tileWidth)) {
      const column = tileColumn * tileWidth;
      const right = Math.min(width, column + tileWidth);
      yield {
        window: { column, row: top, width: right - column, height: bottom - top },
        zones,
        complete: zones.filter(
          (zone) => zone.row + zone.height <= bottom && zone.column + zone.width <= right,
        ),
      };
    }
    active = active.filter((zone) => zone.row + zone.height > bottom);
  }
}

function byTileColumn(
  zones: readonly Coverage[],
  tileWidth: number,
): [tileColumn: number, zones: Coverage[]][] {
  const columns = new Map<number, Coverage[]>();
  for (const zone of zones) {
    const last = Math.floor((zone.column + zone.width - 1) / tileWidth);
    for (let column = Math.floor(zone.column / tileWidth); column <= last; column++) {
      const others = columns.get(column);
      if (others === undefined) columns.set(column, [zone]);
      else others.push(zone);
    }
  }
  return [...columns].sort(([a], [b]) => a - b);
}

async function* readTiles(
  raster: ZonalRaster,
  tiles: Iterable<ZoneTile>,
  band: number,
): AsyncGenerator<{ tile: ZoneTile; samples: Samples }> {
  const reading: { tile: ZoneTile; samples: Promise<Samples[]> }[] = [];
  const next = async () => {
    const { tile, samples } = reading.shift()!;
    return { tile, samples: (await samples)[0]! };
  };
  for (const tile of tiles) {
    const samples = raster.readBands(tile.window, [band], { ahead: true });
    // A failure is thrown when its turn comes.
    samples.catch(() => {});
    reading.push({ tile, samples });
    if (reading.length === TILES_AHEAD) yield await next();
  }
  while (reading.length > 0) yield await next();
}

function addTile(
  zone: ZoneAccumulator<unknown>,
  { row: firstRow, height, runStarts, runs, cellStarts, cells, fractions }: Coverage,
  samples: Samples,
  window: Window,
): void {
  const right = window.column + window.width;
  const end = Math.min(firstRow + height, window.row + window.height);
  for (let row = Math.max(firstRow, window.row); row < end; row++) {
    const line = (row - window.row) * window.width - window.column;
    const at = row - firstRow;
    for (let run = runStarts[at]!; run < runStarts[at + 1]!; run++) {
      const from = Math.max(runs[2 * run]!, window.column);
      const to = Math.min(runs[2 * run + 1]!, right);
      if (from < to) zone.addRun(samples, line + from, line + to, row);
    }
    for (let cell = cellStarts[at]!; cell < cellStarts[at + 1]!; cell++) {
      const column = cells[cell]!;
      if (column < window.column || column >= right) continue;
      zone.addCell(samples[line + column]!, fractions[cell]!, row);
    }
  }
}

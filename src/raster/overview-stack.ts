/** Builds the levels of an overview pyramid while the raster is written, holding half a tile row of each level. */
import { halve, type OverviewRule } from './halve.js';
import type { Samples } from './nodata.js';

export interface Size {
  width: number;
  height: number;
}

/** A whole row of tiles of one band of one level, level 0 being the raster itself. */
export interface TileRow {
  level: number;
  band: number;
  tileRow: number;
  /** Row by row: the level's width x the rows of this row of tiles. */
  samples: Samples;
}

/** No overview is needed below. */
const SMALLEST_SIDE = 512;

/** Sizes of the raster and its overviews, each half of the one before, down to one within 512 x 512. */
export function levelSizes(full: Size, rule: OverviewRule | 'none'): Size[] {
  const sizes = [full];
  for (let last = full; rule !== 'none' && Math.max(last.width, last.height) > SMALLEST_SIDE; ) {
    last = { width: Math.ceil(last.width / 2), height: Math.ceil(last.height / 2) };
    sizes.push(last);
  }
  return sizes;
}

/** Rows of the raster that a row of tiles holds; fewer in the last. */
export function rowsOf({ height }: Size, tileRow: number, tileSize: number): number {
  return Math.min(tileSize, height - tileRow * tileSize);
}

export interface OverviewFacts {
  sizes: readonly Size[];
  tileSize: number;
  rule: OverviewRule;
  nodata: number | undefined;
}

/** Rows that come in order cost half a row of tiles a level; each gap in the order costs another half. */
export class OverviewStack {
  readonly #facts: OverviewFacts;
  readonly #halfDone = new Map<string, TileRow & { missing: number }>();

  constructor(facts: OverviewFacts) {
    this.#facts = facts;
  }

  /** The half-size copy of a row of tiles, for {@link add}; undefined when there is no level above. */
  static halved({ sizes, rule, nodata, tileSize }: OverviewFacts, row: TileRow): Samples | undefined {
    const size = sizes[row.level]!;
    if (row.level + 1 >= sizes.length) return undefined;
    const height = rowsOf(size, row.tileRow, tileSize);
    return halve({ samples: row.samples, width: size.width, height, rule, nodata });
  }

  /** Takes the half-size copy of a row of tiles; gives the row of the level above when it is now complete. */
  add({ level, band, tileRow }: Omit<TileRow, 'samples'>, half: Samples): TileRow | undefined {
    const { sizes, tileSize } = this.#facts;
    const above = { level: level + 1, band, tileRow: tileRow >> 1 };
    const size = sizes[above.level]!;
    const key = `${above.level} ${band} ${above.tileRow}`;
    const row = this.#halfDone.get(key) ?? {
      ...above,
      samples: sameType(half, size.width * rowsOf(size, above.tileRow, tileSize)),
      missing: Math.min(2, Math.ceil(sizes[level]!.height / tileSize) - 2 * above.tileRow),
    };
    row.samples.set(half, (tileRow & 1) * (tileSize / 2) * size.width);
    row.missing -= 1;
    if (row.missing > 0) {
      this.#halfDone.set(key, row);
      return undefined;
    }
    this.#halfDone.delete(key);
    return row;
  }
}

function sameType(samples: Samples, length: number): Samples {
  return new (samples.constructor as new (length: number) => Samples)(length);
}

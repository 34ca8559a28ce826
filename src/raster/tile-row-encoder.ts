/** Rows of tiles encoded in a thread into memory that it shares with the thread that writes them. */
import { halve, type OverviewRule } from './halve.js';
import type { Samples, SampleType } from './nodata.js';
import type { Window } from './raster.js';
import { sampleArray } from './sample-array.js';
import { constantOf, deflateBound, deflateTileSync, predictTile, type TilePart } from './tile-encoder.js';

export interface TileEncoding {
  sampleType: SampleType;
  tileSize: number;
  /** Of deflate. */
  level: number;
  overviews: OverviewRule | 'none';
  /** As stored. */
  nodata: number | undefined;
}

export interface EncodedRows {
  tiles: SharedArrayBuffer;
  /** The rows at half their size, as samples; empty without overviews. */
  halves: SharedArrayBuffer;
}

/** Room for some rows of tiles. Pages that are never written cost no memory. */
export function roomForRows(
  { sampleType, tileSize, overviews }: TileEncoding,
  { width, rows }: { width: number; rows: number },
): EncodedRows {
  const bytes = sampleArray(sampleType, 0).BYTES_PER_ELEMENT;
  const tiles = Math.ceil(width / tileSize) * Math.ceil(rows / tileSize);
  const halved = overviews === 'none' ? 0 : Math.ceil(width / 2) * Math.ceil(rows / 2);
  return {
    tiles: new SharedArrayBuffer(tiles * deflateBound(tileSize * tileSize * bytes)),
    halves: new SharedArrayBuffer(halved * bytes),
  };
}

/** The half-size copy of the row of tiles number `index` among those of a room. */
export function halvesOf(
  { halves }: EncodedRows,
  { sampleType, tileSize }: TileEncoding,
  { width, index, height }: { width: number; index: number; height: number },
): Samples {
  const across = Math.ceil(width / 2);
  const from = (index * across * tileSize) / 2;
  const array = sampleArray(sampleType, 0).constructor as new (buffer: SharedArrayBuffer) => Samples;
  return new array(halves).subarray(from, from + across * Math.ceil(height / 2));
}

export class TileRowEncoder {
  /** Of each row so far the bytes of each tile, which lie one after the other. */
  readonly tileBytes: number[][] = [];
  readonly #encoding: TileEncoding;
  readonly #into: EncodedRows;
  readonly #width: number;
  readonly #tiles: Uint8Array;
  readonly #predicted: Uint8Array;
  #constant: { value: number; tile: Uint8Array } | undefined;
  #length = 0;

  /** @param into is filled */
  constructor(encoding: TileEncoding, into: EncodedRows, width: number) {
    this.#encoding = encoding;
    this.#into = into;
    this.#width = width;
    this.#tiles = new Uint8Array(into.tiles);
    const { BYTES_PER_ELEMENT } = sampleArray(encoding.sampleType, 0);
    this.#predicted = new Uint8Array(encoding.tileSize ** 2 * BYTES_PER_ELEMENT);
  }

  /** What is added from now on belongs to the next row of tiles. */
  beginRow(): void {
    this.tileBytes.push([]);
  }

  /** Whole tiles, those of a row from left to right. */
  add(samples: Samples, { column, width, height }: Window): void {
    const { tileSize, overviews } = this.#encoding;
    for (let offset = 0; offset < width; offset += tileSize) {
      const part = {
        source: samples,
        offset,
        stride: width,
        width: Math.min(tileSize, width - offset),
        height,
      };
      const tile = this.#encode(part);
      this.#tiles.set(tile, this.#length);
      this.#length += tile.length;
      this.tileBytes.at(-1)!.push(tile.length);
    }
    if (overviews !== 'none') this.#addHalf(samples, { column, width, height }, overviews);
  }

  /** Tiles of one value, often nodata, are all the same. */
  #encode(part: TilePart): Uint8Array {
    const { tileSize, level } = this.#encoding;
    const value = constantOf(part);
    if (value !== undefined && this.#constant !== undefined && Object.is(value, this.#constant.value)) {
      return this.#constant.tile;
    }
    const tile = deflateTileSync(predictTile(part, tileSize, this.#predicted), level);
    if (value !== undefined) this.#constant = { value, tile };
    return tile;
  }

  #addHalf(samples: Samples, { column, width, height }: Omit<Window, 'row'>, rule: OverviewRule): void {
    const { nodata } = this.#encoding;
    const halved = halve({ samples, width, height, rule, nodata });
    const place = { width: this.#width, index: this.tileBytes.length - 1, height };
    const half = halvesOf(this.#into, this.#encoding, place);
    const [columns, across] = [Math.ceil(width / 2), Math.ceil(this.#width / 2)];
    for (let row = 0; row * 2 < height; row++) {
      half.set(halved.subarray(row * columns, (row + 1) * columns), row * across + column / 2);
    }
  }
}

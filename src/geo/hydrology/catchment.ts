/**
 * The cells that drain through an outlet, walked upstream over directions that are read tile by tile: whole tiles are
 * walked as far as the water goes inside them before the next one is read.
 */
import { COLUMN_STEPS, NODATA, OUTLET, opposite, ROW_STEPS } from './flow-grid.js';

/** Directions of a map (1 to 8, OUTLET, NODATA) in tiles. */
export interface DirectionTiles {
  width: number;
  height: number;
  tileWidth: number;
  tileHeight: number;
  /** Row by row; tiles at the right and lower edge may hold more columns and must hold `rowStride` a row. */
  readTile(tileColumn: number, tileRow: number): Promise<{ codes: Uint8Array; rowStride: number }>;
}

export interface Catchment {
  /** Bounding box, in pixels of the map. */
  column: number;
  row: number;
  width: number;
  height: number;
  /** 1 inside; row by row of the bounding box. */
  mask: Uint8Array;
  cells: number;
  /** Cells by row of the bounding box. */
  rowCells: Uint32Array;
  /** It touches the map's edge or nodata, so water may enter that the map does not show: a lower bound. */
  edgeContaminated: boolean;
}

/** The outlet must have a value. Memory: a byte for each cell of the tiles that the catchment touches. */
export async function catchmentOf(
  tiles: DirectionTiles,
  outlet: { column: number; row: number },
): Promise<Catchment> {
  const walk = new Walk(tiles);
  walk.begin(outlet.column, outlet.row);
  for (let key = walk.nextTile(); key !== undefined; key = walk.nextTile()) await walk.walkTile(key);
  return walk.catchment();
}

interface TilePart {
  tileColumn: number;
  tileRow: number;
  /** Cells to look at: place in the tile, and the direction that they must have to belong (0: any). */
  entries: number[];
  /** 1 inside the catchment. */
  mask: Uint8Array;
}

class Walk {
  readonly #tiles: DirectionTiles;
  readonly #across: number;
  readonly #parts = new Map<number, TilePart>();
  readonly #waiting: number[] = [];
  #cells = 0;
  #contaminated = false;

  constructor(tiles: DirectionTiles) {
    this.#tiles = tiles;
    this.#across = Math.ceil(tiles.width / tiles.tileWidth);
  }

  begin(column: number, row: number): void {
    this.#enter(column, row, OUTLET);
  }

  nextTile(): number | undefined {
    return this.#waiting.pop();
  }

  async walkTile(key: number): Promise<void> {
    const part = this.#parts.get(key)!;
    const { codes, rowStride } = await this.#tiles.readTile(part.tileColumn, part.tileRow);
    const entries = part.entries.splice(0);
    const stack: number[] = [];
    const { tileWidth } = this.#tiles;
    for (let i = 0; i < entries.length; i += 3) {
      const [x, y, needed] = [entries[i]!, entries[i + 1]!, entries[i + 2]!];
      const code = codes[y * rowStride + x]!;
      if (code === NODATA) this.#contaminated = true;
      else if (needed === OUTLET || code === needed) {
        part.mask[y * tileWidth + x] = 1;
        stack.push(y * tileWidth + x);
      }
    }
    this.#climb(part, stack, codes, rowStride);
  }

  #climb(part: TilePart, stack: number[], codes: Uint8Array, rowStride: number): void {
    const { width, height, tileWidth, tileHeight } = this.#tiles;
    const left = part.tileColumn * tileWidth;
    const top = part.tileRow * tileHeight;
    const inTileWidth = Math.min(tileWidth, width - left);
    const inTileHeight = Math.min(tileHeight, height - top);
    while (stack.length > 0) {
      const cell = stack.pop()!;
      const y = Math.floor(cell / tileWidth);
      const x = cell - y * tileWidth;
      this.#cells++;
      for (let direction = 1; direction <= 8; direction++) {
        const nextX = x + COLUMN_STEPS[direction]!;
        const nextY = y + ROW_STEPS[direction]!;
        if (nextX < 0 || nextY < 0 || nextX >= inTileWidth || nextY >= inTileHeight) {
          this.#enter(left + nextX, top + nextY, opposite(direction));
          continue;
        }
        const code = codes[nextY * rowStride + nextX]!;
        if (code === NODATA) this.#contaminated = true;
        else if (code === opposite(direction)) {
          const next = nextY * tileWidth + nextX;
          part.mask[next] = 1;
          stack.push(next);
        }
      }
    }
  }

  /** A cell of another tile, or off the map. */
  #enter(column: number, row: number, needed: number): void {
    const { width, height, tileWidth, tileHeight } = this.#tiles;
    if (column < 0 || row < 0 || column >= width || row >= height) {
      this.#contaminated = true;
      return;
    }
    const tileColumn = Math.floor(column / tileWidth);
    const tileRow = Math.floor(row / tileHeight);
    const key = tileRow * this.#across + tileColumn;
    let part = this.#parts.get(key);
    if (part === undefined) {
      part = { tileColumn, tileRow, entries: [], mask: new Uint8Array(tileWidth * tileHeight) };
      this.#parts.set(key, part);
    }
    if (part.entries.length === 0) this.#waiting.push(key);
    part.entries.push(column - tileColumn * tileWidth, row - tileRow * tileHeight, needed);
  }

  catchment(): Catchment {
    const box = this.#box();
    const mask = new Uint8Array(box.width * box.height);
    const rowCells = new Uint32Array(box.height);
    const { tileWidth, tileHeight } = this.#tiles;
    for (const part of this.#parts.values()) {
      for (let y = 0, cell = 0; y < tileHeight; y++) {
        const row = part.tileRow * tileHeight + y - box.row;
        const to = row * box.width + part.tileColumn * tileWidth - box.column;
        for (let x = 0; x < tileWidth; x++, cell++) {
          if (part.mask[cell] === 0) continue;
          mask[to + x] = 1;
          rowCells[row] = rowCells[row]! + 1;
        }
      }
    }
    return { ...box, mask, cells: this.#cells, rowCells, edgeContaminated: this.#contaminated };
  }

  #box(): Pick<Catchment, 'column' | 'row' | 'width' | 'height'> {
    const { tileWidth, tileHeight } = this.#tiles;
    let [west, north, east, south] = [Infinity, Infinity, -1, -1];
    for (const part of this.#parts.values()) {
      for (let y = 0, cell = 0; y < tileHeight; y++) {
        for (let x = 0; x < tileWidth; x++, cell++) {
          if (part.mask[cell] === 0) continue;
          const column = part.tileColumn * tileWidth + x;
          const row = part.tileRow * tileHeight + y;
          if (column < west) west = column;
          if (column > east) east = column;
          if (row < north) north = row;
          if (row > south) south = row;
        }
      }
    }
    return { column: west, row: north, width: east - west + 1, height: south - north + 1 };
  }
}

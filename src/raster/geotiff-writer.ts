/**
 * Writes GeoTIFF, tiled, deflated and predicted, with overviews, as a cloud optimized file or a plain one. Tiles are
 * compressed on Node's own threads while the caller makes the next rows; memory holds about 8 MB of tiles and half a
 * row of tiles for each overview. The file has a temporary name until it is whole.
 */
import { randomBytes } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { AppendFile } from './append-file.js';
import { endPlain, type Level, withLeader, writeCog } from './geotiff-layout.js';
import { type GeoTiffSpec, planOf, type WritePlan } from './geotiff-spec.js';
import type { Samples } from './nodata.js';
import { OverviewStack, rowsOf, type TileRow } from './overview-stack.js';
import type { Window } from './raster.js';
import { sampleArray } from './sample-array.js';
import { headerBytes } from './tiff-directory.js';
import { constantOf, deflateTile, predictTile, type TilePart } from './tile-encoder.js';
import { TileQueue } from './tile-queue.js';
import { asWriteError } from './write-error.js';

export interface GeoTiffWriter {
  readonly tileSize: number;
  /**
   * Whole rows of tiles over the raster's full width, in any order, each once; in order they cost the least memory.
   * The samples may be used again when it returns. An error, here or later, removes the file.
   * @throws {InputError} RASTER_DISK_FULL or RASTER_NOT_WRITABLE; {RangeError} for another window, {TypeError} for
   * samples of another type
   */
  write(window: Window, samples: Samples, band?: number): Promise<void>;
  /** A row of tiles that a thread has encoded; their bytes may be used again when it returns. */
  writeEncoded(row: EncodedTileRow): Promise<void>;
  /** @throws {InputError} as {@link write}; {Error} when rows are missing */
  close(): Promise<{ path: string; bytes: number }>;
  /** Leaves nothing behind. */
  abort(): Promise<void>;
}

export interface EncodedTileRow {
  band: number;
  tileRow: number;
  /** From left to right. */
  tiles: readonly Uint8Array[];
  /** The rows at half their size, when the file has overviews. */
  half: Samples | undefined;
}

/** @throws {InputError} RASTER_NOT_WRITABLE; {RangeError} for sizes, tiles or a nodata value that cannot be */
export async function createGeoTiff(path: string, spec: GeoTiffSpec): Promise<GeoTiffWriter> {
  const plan = planOf(spec);
  const temporary = `${path}.${randomBytes(4).toString('hex')}`;
  const files: AppendFile[] = [];
  try {
    files.push(await AppendFile.create(`${temporary}.part`));
    if (plan.layout === 'cog') files.push(await AppendFile.create(`${temporary}.tiles.part`));
    else await files[0]!.append(new Uint8Array(headerBytes(plan.big)));
    return new Writer(path, plan, files);
  } catch (error) {
    await Promise.all(files.map((file) => file.discard()));
    throw asWriteError(error, path, 0);
  }
}

class Writer implements GeoTiffWriter {
  readonly tileSize: number;
  readonly #path: string;
  readonly #plan: WritePlan;
  /** The file itself and, for a COG, the one that gathers its tiles. */
  readonly #files: readonly AppendFile[];
  readonly #tiles: AppendFile;
  readonly #levels: Level[];
  readonly #stack: OverviewStack;
  readonly #constants = new Map<number, Promise<Uint8Array>>();
  readonly #queued = new TileQueue();
  #failure: unknown;
  #ended = false;

  constructor(path: string, plan: WritePlan, files: readonly AppendFile[]) {
    const { tileSize, bands } = plan.facts;
    this.#path = path;
    this.#plan = plan;
    this.#files = files;
    this.#tiles = files.at(-1)!;
    this.tileSize = tileSize;
    this.#stack = new OverviewStack(plan.overviews);
    this.#levels = plan.overviews.sizes.map((size) => {
      const tiles = Math.ceil(size.width / tileSize) * Math.ceil(size.height / tileSize) * bands;
      return { size, offsets: new Float64Array(tiles), counts: new Uint32Array(tiles) };
    });
  }

  async write(window: Window, samples: Samples, band = 0): Promise<void> {
    this.#check(window, samples, band);
    const { width } = window;
    for (let row = 0; row < window.height; row += this.tileSize) {
      const tileRow = (window.row + row) / this.tileSize;
      const rows = samples.subarray(row * width, (row + this.tileSize) * width);
      await this.#attempt(() => this.#writeRow({ level: 0, band, tileRow, samples: rows }));
    }
  }

  async writeEncoded({ band, tileRow, tiles, half }: EncodedTileRow): Promise<void> {
    await this.#attempt(async () => {
      const place = { level: 0, band, tileRow };
      for (const [column, tile] of tiles.entries()) {
        await this.#queue(place, column, Promise.resolve(tile), tile.length);
      }
      await this.#queued.drained();
      await this.#tiles.flush();
      if (half !== undefined && this.#levels.length > 1) await this.#writeAbove(place, half);
    });
  }

  async close(): Promise<{ path: string; bytes: number }> {
    return this.#attempt(async () => {
      await this.#queued.drained();
      this.#ended = true;
      this.#requireAllTiles();
      const [file] = this.#files as [AppendFile];
      const { facts, big } = this.#plan;
      const contents = { facts, levels: this.#levels, big };
      if (this.#tiles === file) {
        await endPlain(file, contents);
      } else {
        await this.#tiles.flush();
        await writeCog(file, this.#tiles, contents);
        await this.#tiles.discard();
      }
      const bytes = file.length;
      await file.close();
      await rename(file.path, this.#path);
      return { path: this.#path, bytes };
    });
  }

  async abort(): Promise<void> {
    this.#ended = true;
    await this.#queued.end();
    await Promise.all(this.#files.map((file) => file.discard()));
  }

  #check({ column, row, width, height }: Window, samples: Samples, band: number): void {
    const { sampleType, bands } = this.#plan.facts;
    const size = this.#levels[0]!.size;
    const isWhole =
      row % this.tileSize === 0 && (height % this.tileSize === 0 || row + height === size.height);
    if (column !== 0 || width !== size.width || row < 0 || row + height > size.height || !isWhole) {
      throw new RangeError(
        `rows ${row} to ${row + height}, columns ${column} to ${column + width} are no whole rows of tiles of ${this.#path}`,
      );
    }
    if (!(band >= 0 && band < bands))
      throw new RangeError(`${this.#path} has ${bands} bands, not ${band + 1}`);
    if (samples.length !== width * height) {
      throw new RangeError(`${samples.length} samples are given for ${width} x ${height} pixels`);
    }
    if (samples.constructor !== sampleArray(sampleType, 0).constructor) {
      throw new TypeError(`${samples.constructor.name} is given for ${sampleType} samples`);
    }
  }

  /** Any failure ends the writer and removes what it wrote. */
  async #attempt<T>(step: () => Promise<T>): Promise<T> {
    try {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) throw new Error(`${this.#path} is already closed`);
      return await step();
    } catch (error) {
      const failure = asWriteError(this.#failure ?? error, this.#path, this.#tiles.length);
      this.#failure = failure;
      await this.abort();
      throw failure;
    }
  }

  async #writeRow(row: TileRow): Promise<void> {
    const { size } = this.#levels[row.level]!;
    const height = rowsOf(size, row.tileRow, this.tileSize);
    for (let column = 0; column * this.tileSize < size.width; column++) {
      const offset = column * this.tileSize;
      const width = Math.min(this.tileSize, size.width - offset);
      await this.#encode(row, column, { source: row.samples, offset, stride: size.width, width, height });
    }
    const half = OverviewStack.halved(this.#plan.overviews, row);
    if (half !== undefined) await this.#writeAbove(row, half);
  }

  async #writeAbove(row: Omit<TileRow, 'samples'>, half: Samples): Promise<void> {
    const above = this.#stack.add(row, half);
    if (above !== undefined) await this.#writeRow(above);
  }

  async #encode(row: TileRow, column: number, part: TilePart): Promise<void> {
    const constant = constantOf(part);
    const bytes = this.tileSize ** 2 * part.source.BYTES_PER_ELEMENT;
    const encoded = constant === undefined ? this.#compress(part) : this.#constantTile(constant, part);
    await this.#queue(row, column, encoded, bytes);
  }

  #compress(part: TilePart): Promise<Uint8Array> {
    return deflateTile(predictTile(part, this.tileSize), this.#plan.level);
  }

  /** Tiles of one value, often nodata, are all the same. */
  #constantTile(value: number, part: TilePart): Promise<Uint8Array> {
    const encoded = this.#constants.get(value) ?? this.#compress(part);
    this.#constants.clear();
    this.#constants.set(value, encoded);
    return encoded;
  }

  async #queue(
    { level, band, tileRow }: Omit<TileRow, 'samples'>,
    column: number,
    encoded: Promise<Uint8Array>,
    bytes: number,
  ): Promise<void> {
    const { size } = this.#levels[level]!;
    const across = Math.ceil(size.width / this.tileSize);
    const down = Math.ceil(size.height / this.tileSize);
    const index = (band * down + tileRow) * across + column;
    await this.#queued.add(encoded, bytes, (data) => this.#append(level, index, data));
  }

  async #append(level: number, index: number, data: Uint8Array): Promise<void> {
    const { offsets, counts } = this.#levels[level]!;
    const { pieces, dataAt } = this.#plan.layout === 'cog' ? withLeader(data) : { pieces: [data], dataAt: 0 };
    offsets[index] = this.#tiles.length + dataAt;
    counts[index] = data.length;
    await this.#tiles.append(...pieces);
  }

  #requireAllTiles(): void {
    const [{ counts }] = this.#levels as [Level];
    const missing = counts.reduce((sum, count) => sum + Number(count === 0), 0);
    if (missing > 0)
      throw new Error(`${missing} of ${counts.length} tiles of ${this.#path} were not written`);
  }
}

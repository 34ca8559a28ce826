/**
 * How a GeoTIFF's parts lie in its file. `cog`: header, directories, then the tiles of the smallest overview up to those
 * of the raster (OGC 21-026; GDAL's COG driver documents the note before the first directory and the bytes around
 * each tile). `geotiff`: tiles as they came, directories at the end.
 */
import type { AppendFile } from './append-file.js';
import { type ImageFacts, imageEntries, type TileTable } from './image-tags.js';
import type { Size } from './overview-stack.js';
import {
  directoryBytes,
  encodeDirectory,
  encodeHeader,
  headerBytes,
  type TiffEntry,
} from './tiff-directory.js';

export interface Level extends TileTable {
  size: Size;
  /** Of each tile's data in the file they were written to; tiles of a `cog` stand between a leader and a trailer. */
  offsets: Float64Array;
  counts: Uint32Array;
}

/** A tile's size before it, its last four bytes again after it. */
const LEADER_BYTES = 4;
const TRAILER_BYTES = 4;

/** A tile's data as pieces to append, and where in them the data begin. */
export function withLeader(data: Uint8Array): { pieces: Uint8Array[]; dataAt: number } {
  const leader = Buffer.alloc(LEADER_BYTES);
  leader.writeUInt32LE(data.length);
  return { pieces: [leader, data, data.subarray(-TRAILER_BYTES)], dataAt: LEADER_BYTES };
}

/** Fills an empty file with a COG whose tiles were written to `tiles`, leaders and trailers included. */
export async function writeCog(
  file: AppendFile,
  tiles: AppendFile,
  { facts, levels, big }: { facts: ImageFacts; levels: readonly Level[]; big: boolean },
): Promise<void> {
  const note = structureNote();
  const firstAt = headerBytes(big) + note.length;
  const sizes = levels.map((level, i) => directoryBytes(entriesOf(facts, level, i, big), big));
  const placed = placeTiles(levels, firstAt + sum(sizes));
  await file.append(encodeHeader(firstAt, big), note);
  let at = firstAt;
  for (const [i, level] of placed.entries()) {
    const next = i + 1 < placed.length ? at + sizes[i]! : 0;
    await file.append(encodeDirectory(entriesOf(facts, level, i, big), { at, next, big }));
    at += sizes[i]!;
  }
  for (const level of levels.toReversed()) await copyTiles(file, tiles, level);
}

/** Ends a file that begins with room for the header and holds the tiles. */
export async function endPlain(
  file: AppendFile,
  { facts, levels, big }: { facts: ImageFacts; levels: readonly Level[]; big: boolean },
): Promise<void> {
  if (file.length % 2 === 1) await file.append(new Uint8Array(1));
  const firstAt = file.length;
  for (const [i, level] of levels.entries()) {
    const entries = entriesOf(facts, level, i, big);
    const at = file.length;
    const next = i + 1 < levels.length ? at + directoryBytes(entries, big) : 0;
    await file.append(encodeDirectory(entries, { at, next, big }));
  }
  await file.rewriteStart(encodeHeader(firstAt, big));
}

function entriesOf(facts: ImageFacts, level: Level, index: number, big: boolean): TiffEntry[] {
  return imageEntries(facts, { size: level.size, isOverview: index > 0, tiles: level, big });
}

/** The levels with their tiles' places in the final file, the last level first, from byte `at` on. */
function placeTiles(levels: readonly Level[], at: number): Level[] {
  let place = at;
  const placed = levels.toReversed().map((level) => {
    const offsets = level.offsets.map((_, i) => {
      const offset = place + LEADER_BYTES;
      place = offset + level.counts[i]! + TRAILER_BYTES;
      return offset;
    });
    return { ...level, offsets };
  });
  return placed.reverse();
}

/** In the table's order; neighbours that were written one after the other are copied at once. */
async function copyTiles(file: AppendFile, tiles: AppendFile, { offsets, counts }: Level): Promise<void> {
  let from = offsets[0]! - LEADER_BYTES;
  let end = from;
  for (let i = 0; i < offsets.length; i++) {
    const start = offsets[i]! - LEADER_BYTES;
    if (start !== end) {
      await file.copyFrom(tiles, from, end - from);
      from = start;
    }
    end = start + LEADER_BYTES + counts[i]! + TRAILER_BYTES;
  }
  await file.copyFrom(tiles, from, end - from);
}

/** Tells readers that they may rely on the order of tiles and the bytes around them; even in length. */
function structureNote(): Buffer {
  const facts = [
    'LAYOUT=IFDS_BEFORE_DATA',
    'BLOCK_ORDER=ROW_MAJOR',
    'BLOCK_LEADER=SIZE_AS_UINT4',
    'BLOCK_TRAILER=LAST_4_BYTES_REPEATED',
    'KNOWN_INCOMPATIBLE_EDITION=NO\n ',
  ].join('\n');
  const size = String(facts.length).padStart(6, '0');
  const note = Buffer.from(`GDAL_STRUCTURAL_METADATA_SIZE=${size} bytes\n${facts}`, 'latin1');
  return note.length % 2 === 0 ? note : Buffer.concat([note, Buffer.alloc(1)]);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

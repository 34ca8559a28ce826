/** Writes one GeoTIFF: one band of bytes, tiles of 256, deflate, a colour table. TIFF 6.0 and OGC GeoTIFF 1.1. */
import { deflate } from './deflate.mjs';
import { GRID } from './grid.mjs';

const TILE = 256;
const ASCII = 2;
const SHORT = 3;
const LONG = 4;
const DOUBLE = 12;
const BYTES = { [ASCII]: 1, [SHORT]: 2, [LONG]: 4, [DOUBLE]: 8 };

/** Colours of LULC v3 classes 0 to 12. */
const COLOURS = [
  '#000000',
  '#cc2f2f',
  '#9ed6f5',
  '#4a9fe0',
  '#1c4fa1',
  '#f6e6a8',
  '#2f7d32',
  '#c9b79c',
  '#e8d24f',
  '#c6b23a',
  '#8fc04a',
  '#5c9e31',
  '#a8a878',
];

/** @param {Uint8Array} raster GRID.width x GRID.height, rows from the north */
export function encodeGeotiff(raster, description) {
  const tiles = cutTiles(raster).map(deflate);
  const tags = [
    [256, LONG, [GRID.width]],
    [257, LONG, [GRID.height]],
    [258, SHORT, [8]],
    [259, SHORT, [8]],
    [262, SHORT, [3]],
    [270, ASCII, description],
    [277, SHORT, [1]],
    [284, SHORT, [1]],
    [320, SHORT, colourMap()],
    [322, LONG, [TILE]],
    [323, LONG, [TILE]],
    [324, LONG, tiles.map(() => 0)],
    [325, LONG, tiles.map((tile) => tile.length)],
    [339, SHORT, [1]],
    [33550, DOUBLE, [GRID.pixelM, GRID.pixelM, 0]],
    [33922, DOUBLE, [0, 0, 0, GRID.left, GRID.top, 0]],
    [34735, SHORT, [1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, GRID.epsg]],
    [42113, ASCII, '0'],
  ];
  return Buffer.concat([directory(tags, tiles), ...tiles]);
}

function cutTiles(raster) {
  const tiles = [];
  for (let top = 0; top < GRID.height; top += TILE) {
    for (let left = 0; left < GRID.width; left += TILE) {
      const tile = new Uint8Array(TILE * TILE);
      const width = Math.min(TILE, GRID.width - left);
      for (let row = 0; row < Math.min(TILE, GRID.height - top); row++) {
        const start = (top + row) * GRID.width + left;
        tile.set(raster.subarray(start, start + width), row * TILE);
      }
      tiles.push(tile);
    }
  }
  return tiles;
}

/** Head, directory and the values that do not fit into it; the tiles follow at once. */
function directory(tags, tiles) {
  const entries = 8 + 2 + tags.length * 12 + 4;
  const values = tags.map(([, type, value]) => encode(type, value));
  const outside = values.reduce((sum, value) => sum + (value.length > 4 ? even(value.length) : 0), 0);
  const offsets = [entries + outside];
  for (const tile of tiles.slice(0, -1)) offsets.push(offsets.at(-1) + tile.length);
  values[tags.findIndex(([tag]) => tag === 324)] = encode(LONG, offsets);

  const bytes = Buffer.alloc(entries + outside);
  bytes.write('II', 0);
  bytes.writeUInt16LE(42, 2);
  bytes.writeUInt32LE(8, 4);
  bytes.writeUInt16LE(tags.length, 8);
  let free = entries;
  for (const [index, [tag, type]] of tags.entries()) {
    const at = 10 + index * 12;
    const value = values[index];
    bytes.writeUInt16LE(tag, at);
    bytes.writeUInt16LE(type, at + 2);
    bytes.writeUInt32LE(value.length / BYTES[type], at + 4);
    if (value.length <= 4) value.copy(bytes, at + 8);
    else {
      bytes.writeUInt32LE(free, at + 8);
      value.copy(bytes, free);
      free += even(value.length);
    }
  }
  return bytes;
}

function encode(type, value) {
  if (type === ASCII) return Buffer.from(`${value}\0`, 'ascii');
  const bytes = Buffer.alloc(value.length * BYTES[type]);
  for (const [index, item] of value.entries()) {
    if (type === SHORT) bytes.writeUInt16LE(item, index * 2);
    else if (type === LONG) bytes.writeUInt32LE(item, index * 4);
    else bytes.writeDoubleLE(item, index * 8);
  }
  return bytes;
}

/** 256 reds, greens, blues of 16 bits. */
function colourMap() {
  return [1, 3, 5].flatMap((from) =>
    Array.from(
      { length: 256 },
      (_, label) => Number.parseInt((COLOURS[label] ?? '#000000').slice(from, from + 2), 16) * 257,
    ),
  );
}

function even(length) {
  return length + (length % 2);
}

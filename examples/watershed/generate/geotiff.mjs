/** Writes small GeoTIFFs: any bands of one type, pixel-interleaved tiles of 128, deflate. TIFF 6.0 and OGC GeoTIFF 1.1. */
import { deflate } from '../../desilting/generate/deflate.mjs';

const TILE = 128;
const ASCII = 2;
const SHORT = 3;
const LONG = 4;
const DOUBLE = 12;
const BYTES = { [ASCII]: 1, [SHORT]: 2, [LONG]: 4, [DOUBLE]: 8 };

/** Bytes a sample, TIFF's word for the kind of number, and how one is written. */
const TYPES = {
  uint8: { size: 1, format: 1, write: (bytes, value, at) => bytes.writeUInt8(value, at) },
  uint16: { size: 2, format: 1, write: (bytes, value, at) => bytes.writeUInt16LE(value, at) },
  float32: { size: 4, format: 3, write: (bytes, value, at) => bytes.writeFloatLE(value, at) },
};

/**
 * `bands`: arrays of width x height, rows from the north. `grid` as in grid.mjs: square steps in metres, or degrees for
 * EPSG:4326.
 */
export function encodeGeotiff(grid, bands, { type, nodata, description }) {
  const { size, format } = TYPES[type];
  const tile = grid.width <= TILE && grid.height <= TILE ? multipleOf16(grid) : { width: TILE, height: TILE };
  const tiles = cutTiles(grid, bands, type, tile).map(deflate);
  const tags = [
    [256, LONG, [grid.width]],
    [257, LONG, [grid.height]],
    [258, SHORT, bands.map(() => size * 8)],
    [259, SHORT, [8]],
    [262, SHORT, [1]],
    [270, ASCII, description],
    [277, SHORT, [bands.length]],
    [284, SHORT, [1]],
    [317, SHORT, [type === 'float32' ? 3 : 1]],
    [322, LONG, [tile.width]],
    [323, LONG, [tile.height]],
    [324, LONG, tiles.map(() => 0)],
    [325, LONG, tiles.map((bytes) => bytes.length)],
    ...(bands.length > 1 ? [[338, SHORT, bands.slice(1).map(() => 0)]] : []),
    [339, SHORT, bands.map(() => format)],
    [33550, DOUBLE, [grid.stepX, grid.stepY, 0]],
    [33922, DOUBLE, [0, 0, 0, grid.left, grid.top, 0]],
    [34735, SHORT, geoKeys(grid.epsg)],
    ...(nodata === undefined ? [] : [[42113, ASCII, String(nodata)]]),
  ];
  return Buffer.concat([directory(tags, tiles), ...tiles]);
}

function multipleOf16({ width, height }) {
  return { width: Math.ceil(width / 16) * 16, height: Math.ceil(height / 16) * 16 };
}

function geoKeys(epsg) {
  return epsg === 4326
    ? [1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, epsg]
    : [1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, epsg];
}

function cutTiles(grid, bands, type, tile) {
  const { size, write } = TYPES[type];
  const tiles = [];
  for (let top = 0; top < grid.height; top += tile.height) {
    for (let left = 0; left < grid.width; left += tile.width) {
      const bytes = Buffer.alloc(tile.width * tile.height * bands.length * size);
      for (let row = 0; row < Math.min(tile.height, grid.height - top); row++) {
        for (let column = 0; column < Math.min(tile.width, grid.width - left); column++) {
          const from = (top + row) * grid.width + left + column;
          const to = (row * tile.width + column) * bands.length * size;
          for (const [band, samples] of bands.entries()) write(bytes, samples[from], to + band * size);
        }
      }
      tiles.push(type === 'float32' ? floatPredictor(bytes, tile.width * bands.length) : bytes);
    }
  }
  return tiles;
}

/** Predictor 3 (Adobe Photoshop TIFF Technical Note 3): bytes of a row by weight, each as the difference to the one before. */
function floatPredictor(bytes, samples) {
  const out = Buffer.alloc(bytes.length);
  const rowBytes = samples * 4;
  for (let start = 0; start < bytes.length; start += rowBytes) {
    for (let sample = 0; sample < samples; sample++) {
      for (let weight = 0; weight < 4; weight++)
        out[start + weight * samples + sample] = bytes[start + sample * 4 + 3 - weight];
    }
    for (let at = rowBytes - 1; at > 0; at--) out[start + at] = (out[start + at] - out[start + at - 1]) & 255;
  }
  return out;
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

function even(length) {
  return length + (length % 2);
}

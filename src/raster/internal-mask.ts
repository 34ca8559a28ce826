/** The mask that a GeoTIFF may hold beside its samples (GDAL's internal mask): what it hides becomes nodata. */
import { decodeInto, tileRows } from './decode-tile.js';
import type { FileSource } from './file-source.js';
import { storedNodata } from './nodata.js';
import type { TileTarget } from './place-samples.js';
import { hiddenWithoutNodata } from './raster-error.js';
import type { TiffImage } from './tiff-image.js';

export interface MaskedTile {
  path: string;
  source: FileSource;
  image: TiffImage;
  /** Of the image's size, in blocks of its own; 0 hides a pixel. */
  mask: TiffImage;
  /** The tile's place. */
  column: number;
  row: number;
  nodata: number | undefined;
}

/**
 * Sets hidden samples of a decoded tile to nodata, to NaN where floats declare none.
 * @throws {InputError} RASTER_HIDDEN_PIXELS when integers hide pixels and declare no value for them
 */
export async function maskTile(tile: MaskedTile, target: TileTarget): Promise<void> {
  const { path, image, nodata, column, row } = tile;
  const left = column * image.tileWidth;
  const width = Math.min(target.width, image.width - left);
  const area = { left, top: row * image.tileHeight, width, height: tileRows(tile) };
  const shown = await readMask(tile, area);
  if (!shown.includes(0)) return;
  const isFloat = image.sampleType.startsWith('float');
  if (nodata === undefined && !isFloat) throw hiddenWithoutNodata(path, column, row);
  const value = nodata === undefined ? Number.NaN : storedNodata(nodata, image.sampleType);
  for (let i = 0; i < shown.length; i++) {
    if (shown[i] !== 0) continue;
    const x = i % width;
    for (const samples of target.samples) {
      samples[target.at + ((i - x) / width) * target.rowLength + x] = value;
    }
  }
}

/** Row by row; not 0 where pixels are shown. */
async function readMask(
  { path, source, mask }: MaskedTile,
  area: { left: number; top: number; width: number; height: number },
): Promise<Uint8Array> {
  const shown = new Uint8Array(area.width * area.height);
  const { tileWidth, tileHeight } = mask;
  const block = new Uint8Array(tileWidth * tileHeight);
  const [right, bottom] = [area.left + area.width, area.top + area.height];
  for (let row = Math.floor(area.top / tileHeight); row * tileHeight < bottom; row++) {
    for (let column = Math.floor(area.left / tileWidth); column * tileWidth < right; column++) {
      const place = { path, source, image: mask, column, row, bands: [0], fill: 0, ahead: false };
      await decodeInto(place, { samples: [block], at: 0, rowLength: tileWidth, width: tileWidth });
      const from = Math.max(area.left, column * tileWidth);
      const to = Math.min(right, (column + 1) * tileWidth);
      const last = Math.min(bottom, row * tileHeight + tileRows(place));
      for (let y = Math.max(area.top, row * tileHeight); y < last; y++) {
        const at = (y - row * tileHeight) * tileWidth - column * tileWidth;
        shown.set(block.subarray(at + from, at + to), (y - area.top) * area.width + from - area.left);
      }
    }
  }
  return shown;
}

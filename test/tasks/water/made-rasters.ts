/** Small rasters with known values, and polygons on their pixels. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crsFromEpsg } from '../../../src/raster/crs.js';
import { type Affine, georeferencedGrid } from '../../../src/raster/georeference.js';
import { createGeoTiff } from '../../../src/raster/geotiff-writer.js';
import type { SampleType } from '../../../src/raster/nodata.js';
import { sampleArray } from '../../../src/raster/sample-array.js';

export interface MadeGrid {
  width: number;
  height: number;
  affine: Affine;
  epsg: number;
}

/** 10 m pixels in UTM zone 43 north, near Bhavnagar. */
export const METRES: MadeGrid = {
  width: 60,
  height: 40,
  affine: { originX: 300_000, originY: 2_400_000, stepX: 10, stepY: -10 },
  epsg: 32643,
};

export function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'sluice-water-'));
}

export interface MadeRaster {
  sampleType?: SampleType;
  nodata?: number;
  bandNames?: string[];
  scale?: number;
  offset?: number;
}

/** One function a band, of column and row. */
export async function writeRaster(
  path: string,
  grid: MadeGrid,
  bands: ((column: number, row: number) => number)[],
  { sampleType = 'float32', nodata, bandNames, scale, offset }: MadeRaster = {},
): Promise<string> {
  const { width, height, affine } = grid;
  const writer = await createGeoTiff(path, {
    width,
    height,
    bands: bands.length,
    sampleType,
    nodata,
    affine,
    crs: crsOf(grid),
    ...(bandNames === undefined ? {} : { bandNames }),
    scale,
    offset,
    tileSize: 512,
  });
  for (const [band, valueAt] of bands.entries()) {
    for (let row = 0; row < height; row += writer.tileSize) {
      const rows = Math.min(writer.tileSize, height - row);
      const samples = sampleArray(sampleType, width * rows);
      for (let i = 0; i < samples.length; i++) samples[i] = valueAt(i % width, row + Math.floor(i / width));
      await writer.write({ column: 0, row, width, height: rows }, samples, band);
    }
  }
  await writer.close();
  return path;
}

/** The rectangle of pixels as a GeoJSON polygon in degrees; fractions of pixels are fractions of pixels. */
export function pixelRectangle(grid: MadeGrid, left: number, top: number, right: number, bottom: number) {
  const { toLonLat } = georeferencedGrid(grid.width, grid.height, grid.affine, crsOf(grid));
  const corner = (column: number, row: number) => {
    const { lon, lat } = toLonLat({ column, row });
    return [lon, lat];
  };
  const ring = [
    corner(left, top),
    corner(left, bottom),
    corner(right, bottom),
    corner(right, top),
    corner(left, top),
  ];
  return { type: 'Polygon', coordinates: [ring] };
}

function crsOf({ epsg }: MadeGrid) {
  const crs = crsFromEpsg(epsg);
  if ('problem' in crs) throw new Error(`EPSG:${epsg} is not known`);
  return crs;
}

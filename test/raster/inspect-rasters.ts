/** What rasterio and GDAL find in rasters, asked in one go. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Samples } from '../../src/raster/nodata.js';

export interface Inspected {
  path: string;
  /** Warnings and errors of `gdalinfo -checksum`. */
  heard: string[];
  /** Why GDAL's own check would not call it a cloud optimized GeoTIFF. */
  notCog: string[];
  bands: number;
  dtype: string;
  /** As Python prints it. */
  nodata: string | null;
  names: string[];
  scaling: [scale: number | null, offset: number | null][];
  block: [number, number];
  geotransform: number[];
  /** WKT; empty when there is none. */
  system: string;
  structure: Record<string, string>;
  isBig: boolean;
  /** The tags that place it, as hexadecimal. */
  tags: Record<string, string>;
  /** The raster and its overviews, with the digest of all their samples as rasterio reads them. */
  levels: { width: number; height: number; sha256: string }[];
}

export function inspectRasters(paths: readonly string[]): Inspected[] {
  const script = join(import.meta.dirname, 'inspect-rasters.py');
  return execFileSync('/usr/bin/python3', [script, ...paths], { encoding: 'utf8', maxBuffer: 1 << 26 })
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Inspected);
}

/** As `levels[].sha256`: band after band. */
export function digestOf(bands: readonly Samples[]): string {
  const hash = createHash('sha256');
  for (const samples of bands)
    hash.update(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  return hash.digest('hex');
}

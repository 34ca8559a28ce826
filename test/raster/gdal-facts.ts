/** What GDAL says of rasters, asked in one go. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export interface GdalFacts {
  path: string;
  width: number;
  height: number;
  geotransform: [number, number, number, number, number, number];
  /** As Python prints it. */
  nodata: string | null;
  names: string[];
  scaling: [scale: number | null, offset: number | null][];
  block: [number, number];
  /** Of all samples, band after band, row by row, little-endian. */
  sha256: string;
  places: [column: number, row: number, lonLat: [number, number] | null][];
}

export function gdalFacts(paths: readonly string[]): GdalFacts[] {
  const script = join(import.meta.dirname, 'read-with-gdal.py');
  return execFileSync('/usr/bin/python3', [script, ...paths], { encoding: 'utf8', maxBuffer: 1 << 26 })
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as GdalFacts);
}

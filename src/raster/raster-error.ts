/** What can be wrong with a raster file, in words that name it and say what to do. */
import { InputError } from '../core/error.js';
import type { NoCrs } from './crs.js';

export function notFound(path: string): InputError {
  return new InputError(`There is no raster ${path}`, {
    code: 'RASTER_NOT_FOUND',
    hint: 'check the path in the `data` section of the config; paths there are relative to the config file',
    details: { path },
  });
}

export function notReadable(path: string, cause: NodeJS.ErrnoException): InputError {
  return new InputError(`${path} cannot be read (${cause.code})`, {
    code: 'RASTER_NOT_READABLE',
    hint: 'check the permissions of the file and of its folder',
    details: { path },
    cause,
  });
}

/** `expected` is absent when a directory lies beyond the end; else where the last block ends, and the first one cut. */
export function truncated(
  path: string,
  bytes: number,
  expected?: { bytes: number; block: [column: number, row: number] },
): InputError {
  const missing =
    expected === undefined
      ? 'its directory lies beyond its end'
      : `expected at least ${expected.bytes} bytes, block ${expected.block.join(', ')} is the first one cut`;
  return new InputError(`${path} is cut off: found ${bytes} bytes, ${missing}`, {
    code: 'RASTER_TRUNCATED',
    hint: 'copy or download the file again',
    details: {
      path,
      found: bytes,
      ...(expected === undefined ? {} : { expected: expected.bytes, block: expected.block }),
    },
  });
}

export function unreadable(path: string, why: string, cause?: unknown): InputError {
  return new InputError(`${path} cannot be used: ${why}; expected a GeoTIFF`, {
    code: 'RASTER_UNREADABLE',
    hint: `gdal_translate -co TILED=YES -co COMPRESS=DEFLATE ${path} readable.tif`,
    details: { path },
    cause,
  });
}

export function damaged(path: string, column: number, row: number, why: string, cause?: unknown): InputError {
  return new InputError(`${path} is damaged: block ${column}, ${row} cannot be decoded (${why})`, {
    code: 'RASTER_DAMAGED',
    hint: 'copy or download the file again; `gdalinfo -checksum` on it shows whether it is whole',
    details: { path, block: [column, row] },
    cause,
  });
}

export function withoutCrs(path: string, { problem, found }: NoCrs): InputError {
  if (problem === 'absent') {
    return new InputError(`${path} has no coordinate reference system; expected one such as EPSG:32643`, {
      code: 'RASTER_NO_CRS',
      hint: `if you know which it is: gdal_edit.py -a_srs EPSG:32643 ${path}`,
      details: { path },
    });
  }
  const why =
    problem === 'datum' ? 'whose shift to WGS 84 the file does not give' : 'which is not known here';
  return new InputError(`${path} is in ${found}, ${why}; expected a system with a known place on WGS 84`, {
    code: 'RASTER_CRS_UNKNOWN',
    hint: `gdalwarp -t_srs EPSG:4326 -r near ${path} wgs84.tif`,
    details: { path, found },
  });
}

export function blockTooLarge(
  path: string,
  block: { width: number; height: number; bytes: number },
  limit: number,
): InputError {
  return new InputError(
    `${path} is stored in blocks of ${block.width} x ${block.height} pixels (${block.bytes} bytes); expected at most ${limit} bytes a block`,
    {
      code: 'RASTER_BLOCK_TOO_LARGE',
      hint: `gdal_translate -co TILED=YES -co COMPRESS=DEFLATE ${path} tiled.tif`,
      details: { path, found: block.bytes, expected: limit },
    },
  );
}

export function hiddenWithoutNodata(path: string, column: number, row: number): InputError {
  return new InputError(
    `${path} hides pixels of block ${column}, ${row} by a mask and declares no nodata value; expected one to mark them`,
    {
      code: 'RASTER_HIDDEN_PIXELS',
      hint: `gdalwarp -dstnodata 0 ${path} unmasked.tif   (a value that no pixel has)`,
      details: { path, block: [column, row] },
    },
  );
}

export function noBand(path: string, bands: number, band: number): InputError {
  return new InputError(
    `${path} has ${bands === 1 ? 'one band' : `${bands} bands`}; band ${band + 1} is missing`,
    {
      code: 'RASTER_BAND_MISSING',
      hint: `gdalinfo ${path}   lists its bands`,
      details: { path, found: bands, expected: band + 1 },
    },
  );
}

/** A GeoJSON FeatureCollection of any size, feature by feature (RFC 7946), through @streamparser/json. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { JSONParser } from '@streamparser/json';
import { InputError } from '../core/error.js';
import { shorten } from '../core/text.js';
import type { FileFormat } from './file-format.js';
import { type PointMembers, pointMembers } from './geojson-point.js';
import type { Members } from './object-columns.js';
import { type ObjectRow, openObjectRows } from './object-rows.js';
import type { FormatRequest, OpenedFormat } from './source.js';
import type { SourceFile } from './source-file.js';
import { readText, type TextEncoding } from './text-encoding.js';

/**
 * A row's number is the feature's, from 1. A task that takes the features' geometries is given those of another coordinate
 * system with it, as their own `crs` member (GeoJSON 2008).
 * @throws {InputError} GEOJSON_INVALID; GEOJSON_CRS when the task takes places in degrees only
 */
export async function openGeoJson(
  file: SourceFile,
  format: Extract<FileFormat, { head: string }>,
  { fields, limits }: FormatRequest,
): Promise<OpenedFormat> {
  const takesGeometry = fields.some(({ name }) => name === GEOMETRY_FIELD);
  const crs = otherCrs(await crsAtEnd(file));
  if (crs !== undefined && !takesGeometry) throw crsError(file, crs);
  const pointOf = pointMembers(fields);
  const scan = () => features(file, format.encoding, { pointOf, crs, takesGeometry });
  const { columns, rows } = await openObjectRows(scan, { fields, limits, where: file.name });
  return { info: { format: 'geojson', columns }, rows, close: () => {} };
}

/** Rows of a task with this field have the feature's geometry in it. */
const GEOMETRY_FIELD = 'geometry';

interface Reading {
  pointOf: PointMembers;
  /** What the file says after its features; undefined for degrees. */
  crs: unknown;
  takesGeometry: boolean;
}

async function* features(
  file: SourceFile,
  encoding: TextEncoding,
  { pointOf, crs: crsAfter, takesGeometry }: Reading,
): AsyncGenerator<ObjectRow[]> {
  let crs = crsAfter;
  const parser = new JSONParser({ paths: ['$.type', '$.crs', '$.features.*'], keepStack: false });
  let batch: ObjectRow[] = [];
  let number = 0;
  let problem: unknown;
  parser.onError = (error) => {
    problem ??= error;
  };
  parser.onValue = ({ value, key, stack }) => {
    if (stack.length > 1) {
      number += 1;
      batch.push(featureRow(value, number, pointOf, crs));
    } else if (key === 'crs') {
      crs = otherCrs(value) ?? crsAfter;
      if (crs !== undefined && !takesGeometry) throw crsError(file, crs);
    } else if (key === 'type' && value !== 'FeatureCollection') {
      throw invalid(file, `its type is ${JSON.stringify(value)}; expected "FeatureCollection"`);
    }
  };
  const chunks = encoding === 'utf-8' ? readBytes(file.readPath) : readText(file.readPath, encoding);
  for await (const chunk of chunks) {
    if (!parser.isEnded) parser.write(chunk);
    if (problem !== undefined) throw jsonError(file, number, problem);
    if (batch.length > 0) yield batch;
    batch = [];
  }
  if (!parser.isEnded) throw jsonError(file, number, new Error('the file ends in the middle'));
}

async function* readBytes(path: string): AsyncGenerator<Uint8Array> {
  for await (const chunk of createReadStream(path, { highWaterMark: 64 * 1024 })) yield chunk as Buffer;
}

function featureRow(value: unknown, number: number, pointOf: PointMembers, crs: unknown): ObjectRow {
  const feature = (typeof value === 'object' && value !== null ? value : {}) as Members;
  if (feature.type !== 'Feature') {
    const found = shorten(JSON.stringify(value) ?? 'nothing', 80);
    return {
      number,
      members: {},
      unreadable: {
        code: 'FEATURE_INVALID',
        message: `feature ${number} is ${found}; expected an object of type "Feature"`,
      },
    };
  }
  const own = feature.geometry ?? null;
  const geometry = crs === undefined || typeof own !== 'object' || own === null ? own : { ...own, crs };
  const members = (feature.properties ?? {}) as Members;
  return { number, members, point: crs === undefined ? pointOf(members, geometry) : {}, geometry };
}

const WGS84 = /CRS:?:?84|EPSG([/:]+[\d.]*)?[/:]+4326$/i;

/** RFC 7946 knows longitude and latitude on WGS 84 only; older files name what else they use in `crs`. */
function otherCrs(crs: unknown): unknown {
  if (crs === undefined || crs === null) return undefined;
  const found = crsName(crs);
  return WGS84.test(found) || found === '4326' ? undefined : crs;
}

function crsName(crs: unknown): string {
  const { properties } = crs as { properties?: { name?: unknown; code?: unknown } };
  return String(properties?.name ?? properties?.code ?? JSON.stringify(crs));
}

function crsError(file: SourceFile, crs: unknown): InputError {
  const found = crsName(crs);
  return new InputError(
    `${file.name} has coordinates in ${shorten(found)}; expected longitude and latitude (WGS 84)`,
    {
      code: 'GEOJSON_CRS',
      hint: `Reproject it: ogr2ogr -f GeoJSON -t_srs EPSG:4326 -lco RFC7946=YES reprojected.geojson ${file.name}`,
      details: { file: file.name, crs: found },
    },
  );
}

const TAIL_BYTES = 64 * 1024;

/** A `crs` that stands after the features: what follows it is then valid JSON only as members of the whole document. */
async function crsAtEnd(file: SourceFile): Promise<unknown> {
  const length = Math.min(TAIL_BYTES, file.bytes);
  const handle = await open(file.readPath);
  try {
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, file.bytes - length);
    const tail = buffer.toString('utf8');
    for (let at = tail.lastIndexOf('"crs"'); at > 0; at = tail.lastIndexOf('"crs"', at - 1)) {
      const members = parseMembers(tail.slice(at));
      if (members !== undefined) return members.crs;
    }
    return undefined;
  } finally {
    await handle.close();
  }
}

function parseMembers(text: string): Members | undefined {
  try {
    return JSON.parse(`{${text}`) as Members;
  } catch {
    return undefined;
  }
}

function jsonError(file: SourceFile, features: number, cause: unknown): unknown {
  if (cause instanceof InputError) return cause;
  return invalid(file, `after feature ${features}: ${(cause as Error).message}`, cause);
}

function invalid(file: SourceFile, what: string, cause?: unknown): InputError {
  return new InputError(`${file.name} is not valid GeoJSON: ${what}`, {
    code: 'GEOJSON_INVALID',
    hint: 'Write it again, or check it with: ogrinfo -so FILE',
    details: { file: file.name },
    cause,
  });
}

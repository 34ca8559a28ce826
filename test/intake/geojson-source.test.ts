import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AnyTask } from '../../src/core/task.js';
import { pointsTask, readFile } from './points-task.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();

async function read(document: unknown, task: AnyTask = pointsTask) {
  const path = join(folder, 'points.geojson');
  await writeFile(path, typeof document === 'string' ? document : JSON.stringify(document));
  return readFile(path, {}, task);
}

const point = (x: number, y: number, properties: object | null = {}) => ({
  type: 'Feature',
  properties,
  geometry: { type: 'Point', coordinates: [x, y] },
});
const collection = (features: unknown[], more: object = {}) => ({
  type: 'FeatureCollection',
  ...more,
  features,
});

describe('a FeatureCollection', () => {
  it('gives a row a feature, with its properties as columns and its geometry beside', async () => {
    const { info, rows } = await read(
      collection([point(73, 19, { name: 'A', depth: 2 }), point(74, 20, { name: 'B' })]),
    );
    expect(info.format).toBe('geojson');
    expect(info.columns.map((column) => [column.header, column.field])).toEqual([
      ['name', 'name'],
      ['depth', undefined],
      ['longitude', 'longitude'],
      ['latitude', 'latitude'],
    ]);
    expect(rows).toEqual([
      { number: 1, cells: ['A', 2, 73, 19], geometry: { type: 'Point', coordinates: [73, 19] } },
      { number: 2, cells: ['B', null, 74, 20], geometry: { type: 'Point', coordinates: [74, 20] } },
    ]);
  });

  it('prefers the properties to the point, under whatever spelling of the task', async () => {
    const { rows, info } = await read(collection([point(73, 19, { Lat: 1, LNG: 2 })]));
    expect(info.columns.map((column) => column.header)).toEqual(['Lat', 'LNG']);
    expect(rows[0]?.cells).toEqual([1, 2]);
  });

  it('names the coordinates as the task does', async () => {
    const task = {
      ...pointsTask,
      input: z.object({ y: z.number(), x: z.number() }),
      columns: { y: ['Latitude'], x: ['Longitude'] },
    };
    expect(
      (await read(collection([point(73, 19)]), task)).info.columns.map((column) => column.header),
    ).toEqual(['x', 'y']);
  });

  it('may hold other geometries, no properties and no geometry', async () => {
    const line = {
      type: 'Feature',
      properties: { lat: 1, lon: 2 },
      geometry: {
        type: 'LineString',
        coordinates: [
          [1, 2],
          [3, 4],
        ],
      },
    };
    const { rows } = await read(
      collection([
        line,
        { type: 'Feature', properties: { lat: 3, lon: 4 }, geometry: null },
        point(73, 19, null),
      ]),
    );
    expect(rows.map((row) => row.cells)).toEqual([
      [1, 2],
      [3, 4],
      [19, 73],
    ]);
    expect(rows.map((row) => row.geometry)).toEqual([
      line.geometry,
      null,
      { type: 'Point', coordinates: [73, 19] },
    ]);
  });

  it('goes on after a member that is no feature', async () => {
    const { rows } = await read(collection([point(73, 19), { type: 'Oops' }, 7, point(74, 20)]));
    expect(rows.map((row) => row.unreadable?.code)).toEqual([
      undefined,
      'FEATURE_INVALID',
      'FEATURE_INVALID',
      undefined,
    ]);
  });

  it('is read whatever the order of its members and the lines it is written on', async () => {
    const late = `{"features":[${JSON.stringify(point(73, 19))}],"type":"FeatureCollection"}`;
    expect((await read(late)).rows).toHaveLength(1);
    expect((await read(JSON.stringify(collection([point(73, 19)]), null, 2))).rows).toHaveLength(1);
    expect((await read(`\ufeff${JSON.stringify(collection([point(73, 19)]))}`)).rows).toHaveLength(1);
  });

  it('streams: 50,000 features come in chunks of 1,000 in their order', async () => {
    const { rows } = await read(
      collection(Array.from({ length: 50_000 }, (_, i) => point(i / 1000, 1, { id: i, name: `ता ${i}` }))),
    );
    expect(rows).toHaveLength(50_000);
    expect(
      rows.every((row, i) => row.number === i + 1 && row.cells[0] === i && row.cells[1] === `ता ${i}`),
    ).toBe(true);
  });
});

describe('a coordinate system', () => {
  const named = (name: string) => ({ crs: { type: 'name', properties: { name } } });

  it.each([
    'urn:ogc:def:crs:OGC:1.3:CRS84',
    'urn:ogc:def:crs:EPSG::4326',
    'EPSG:4326',
    'http://www.opengis.net/def/crs/OGC/1.3/CRS84',
  ])('%s is WGS 84', async (name) => {
    expect((await read(collection([point(73, 19)], named(name)))).rows).toHaveLength(1);
  });

  it.each([
    'urn:ogc:def:crs:EPSG::26912',
    'EPSG:3857',
    'EPSG:14326',
  ])('%s is refused with the way to reproject', async (name) => {
    await expect(read(collection([point(73, 19)], named(name)))).rejects.toMatchObject({
      code: 'GEOJSON_CRS',
      message: expect.stringContaining(name),
      hint: expect.stringContaining('ogr2ogr'),
    });
  });

  it('is refused before the first row also when it stands after the features', async () => {
    const features = Array.from({ length: 5000 }, () => point(73, 19, { crs: 'none' }));
    const document = `{"type":"FeatureCollection","features":${JSON.stringify(features)},"crs":${JSON.stringify(named('EPSG:3857').crs)}}`;
    await expect(read(document)).rejects.toMatchObject({ code: 'GEOJSON_CRS' });
  });
});

describe('a task that takes the geometry itself', () => {
  const task = { ...pointsTask, input: z.object({ geometry: z.record(z.string(), z.unknown()).nullish() }) };
  const metres = { crs: { type: 'name', properties: { name: 'EPSG:32643' } } };

  it.each(['before', 'after'])('is given it with the system that is named %s the features', async (place) => {
    const features = [point(700_000, 2_700_000), { type: 'Feature', properties: { a: 1 }, geometry: null }];
    const document =
      place === 'before' ? collection(features, metres) : { ...collection(features), ...metres };
    const { rows, info } = await read(document, task);
    expect(rows.map(({ geometry }) => geometry)).toEqual([
      { type: 'Point', coordinates: [700_000, 2_700_000], ...metres },
      null,
    ]);
    expect(info.columns.map((column) => column.header)).toEqual(['a']);
  });

  it('is given it as it is when it is in degrees', async () => {
    const { rows } = await read(collection([point(73, 19, { a: 1 })]), task);
    expect(rows[0]!.geometry).toEqual({ type: 'Point', coordinates: [73, 19] });
  });
});

describe('a damaged FeatureCollection', () => {
  it('is refused with the feature after which it breaks', async () => {
    const text = JSON.stringify(collection([point(73, 19), point(74, 20)]));
    await expect(read(text.slice(0, -20))).rejects.toMatchObject({
      code: 'GEOJSON_INVALID',
      message: expect.stringContaining('after feature 1'),
    });
    await expect(read(text.replace('},{', '} {'))).rejects.toMatchObject({ code: 'GEOJSON_INVALID' });
    await expect(read('{"type":"Other","features":[]}')).rejects.toMatchObject({
      code: 'GEOJSON_INVALID',
      message: expect.stringContaining('"Other"'),
    });
  });
});

it('reads water bodies as a GIS wrote them', async () => {
  const path = resolve('..', 'shared', 'data', 'geo', 'zion_waterbodies.geojson');
  if (!existsSync(path)) {
    console.warn(
      '"reads water bodies as a GIS wrote them" had nothing to read: zion_waterbodies.geojson is not there',
    );
    return;
  }
  const task = { ...pointsTask, input: z.looseObject({}), columns: {} };
  const { rows, info } = await readFile(path, {}, task);
  expect(rows.length).toBeGreaterThan(0);
  expect(info.columns.length).toBeGreaterThan(0);
  expect(rows.every((row) => row.geometry !== null)).toBe(true);
});

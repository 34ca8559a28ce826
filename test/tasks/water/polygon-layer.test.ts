import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPolygonLayer } from '../../../src/tasks/water/polygon-layer.js';

const shared = resolve(import.meta.dirname, '../../../../shared/data/geo');
const RING = [
  [580_560, 5_101_700],
  [580_680, 5_101_700],
  [580_800, 5_101_820],
  [580_560, 5_101_700],
];
const DEGREES = [
  [72, 24],
  [72.1, 24],
  [72.1, 24.1],
  [72, 24],
];

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-layer-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(value: unknown): Promise<string> {
  const path = join(folder, `${Math.random()}.geojson`);
  await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
}

const feature = (properties: object | null, coordinates: unknown = [DEGREES], id?: unknown) => ({
  type: 'Feature',
  ...(id === undefined ? {} : { id }),
  properties,
  geometry: { type: 'Polygon', coordinates },
});

test('a name is UID, uid, id, the feature’s id or the position, and is made unique', async () => {
  const path = await write({
    type: 'FeatureCollection',
    features: [
      feature({ UID: 'a', uid: 'b', id: 'c' }),
      feature({ uid: 'b', id: 'c' }),
      feature({ id: 7 }),
      feature({}, [DEGREES], 'f.1'),
      feature(null),
      { type: 'Feature', properties: { id: 'line' }, geometry: { type: 'LineString', coordinates: DEGREES } },
      feature({ id: 7 }),
    ],
  });
  const { features } = await readPolygonLayer([path]);
  expect(features.map(({ id }) => id)).toEqual(['a', 'b', '7', 'f.1', '4', '7#5']);
  expect(features.map(({ uid }) => uid)).toEqual(['b', 'b', null, null, null, null]);
});

describe('coordinates', () => {
  test.each([
    'urn:ogc:def:crs:EPSG::32632',
    'EPSG:32632',
  ])('in the system of a crs member become degrees: %s', async (name) => {
    const path = await write({
      type: 'FeatureCollection',
      crs: { type: 'name', properties: { name } },
      features: [feature({}, [RING])],
    });
    const ring = (await readPolygonLayer([path])).features[0]!.polygon[0]![0]!;
    expect(ring[0]).toBeCloseTo(10.041_598_54, 7);
    expect(ring[1]).toBeCloseTo(46.064_128_57, 7);
  });

  test('in metres without a crs member are refused, and so is an unknown system', async () => {
    await expect(readPolygonLayer([await write(feature({}, [RING]))])).rejects.toMatchObject({
      code: 'LAYER_NOT_DEGREES',
    });
    const unknown = await write({ ...feature({}, [RING]), crs: { properties: { name: 'urn:x:my-grid' } } });
    await expect(readPolygonLayer([unknown])).rejects.toMatchObject({
      code: 'LAYER_CRS_UNKNOWN',
      message: expect.stringContaining('my-grid'),
    });
  });

  test('that are not numbers are refused', async () => {
    const path = await write(
      feature({}, [
        [
          ['a', 1],
          [2, 2],
          [3, 3],
        ],
      ]),
    );
    await expect(readPolygonLayer([path])).rejects.toMatchObject({ code: 'LAYER_UNREADABLE' });
  });
});

test.each([
  '',
  '[1]',
  '3',
  '{"type":"Topology"}',
  '{"type":"FeatureCollection","features":',
])('%j is no layer', async (text) => {
  await expect(readPolygonLayer([await write(text)])).rejects.toMatchObject({ code: 'LAYER_UNREADABLE' });
});

test.skipIf(!existsSync(shared))(
  'real layers are read: degrees, UTM with a crs member, multipolygons',
  async () => {
    const read = async (name: string) => (await readPolygonLayer([join(shared, name)])).features;
    expect((await read('zion_waterbodies.geojson')).map(({ id }) => id)).toContain('wb000');
    expect((await read('barbellino_lake.geojson'))[0]!.polygon[0]![0]![0]).toBeCloseTo(10.04, 2);
    const watersheds = await read('bhavnagar_mws_water_balance.geojson');
    expect(watersheds).toHaveLength(58);
    expect(watersheds.every(({ uid }) => uid !== null)).toBe(true);
  },
);
if (!existsSync(shared))
  console.warn('polygon-layer.test: ../shared/data/geo is absent, real layers were not read');

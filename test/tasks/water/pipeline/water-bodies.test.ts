import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { polygonFromGeoJson } from '../../../../src/geo/geojson.js';
import { geodesicAreaM2 } from '../../../../src/geo/polygon-area.js';
import { DEGREES, writeTiff } from '../../../raster/write-tiff.js';
import { degreesAt, type Land, labelAt, makeLand, PONDS, YEARS } from './made-up-land.js';
import { type Feature, type Finished, pipelineBatch } from './pipeline-run.js';

let work = '';
let land: Land;
let runs = 0;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'sluice-bodies-'));
  land = await makeLand(join(work, 'land'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

/** The point stands in the large pond; the search radius reaches both watersheds. */
async function waterBodies(
  data: Partial<Record<keyof Land, string | string[]>> = {},
  options: Record<string, unknown> = {},
  settings: Record<string, Record<string, unknown>> = {},
): Promise<{ done: Finished; bodies: Feature[] }> {
  const { lulc, mws } = land;
  const given = { lulc, mws, ...data };
  const batch = await pipelineBatch(
    join(work, `run-${runs++}`),
    given,
    { steps: 'waterbodies', ...options },
    settings,
  );
  const [lon, lat] = degreesAt(50.5, 55.5);
  const done = await batch.finish(await batch.rowsOf([{ lon, lat }]));
  expect(done.error).toBeNull();
  return { done, bodies: await done.features('surface-water-bodies.geojson') };
}

/** The body that holds the centre of a pond. */
function bodyOf(bodies: readonly Feature[], name: string): Feature {
  const { columns, rows } = PONDS.find((pond) => pond.name === name)!;
  const [lon, lat] = degreesAt((columns[0] + columns[1]) / 2, (rows[0] + rows[1]) / 2);
  return bodies.find(({ geometry }) =>
    (geometry.type === 'Polygon' ? [geometry.coordinates] : (geometry.coordinates as number[][][][]))
      .map((part) => (part as number[][][])[0]!)
      .some((ring) => {
        const lons = ring.map(([x]) => x!);
        const lats = ring.map(([, y]) => y!);
        return (
          lon > Math.min(...lons) &&
          lon < Math.max(...lons) &&
          lat > Math.min(...lats) &&
          lat < Math.max(...lats)
        );
      }),
  )!;
}

/** Pixels of the large pond and of the one at its corner, with their labels by year. */
function pixelsOfLarge(): number[][] {
  const pixels: number[][] = [];
  for (const { name, columns, rows } of PONDS) {
    if (name !== 'large' && name !== 'corner') continue;
    for (let row = rows[0]; row < rows[1]; row++)
      for (let column = columns[0]; column < columns[1]; column++)
        pixels.push(YEARS.map((_, year) => labelAt(column, row, year)));
  }
  return pixels;
}

describe('surface water bodies', () => {
  test('are the patches of pixels that were water in any year, over corners too, inside the watersheds', async () => {
    const { bodies } = await waterBodies();
    expect(bodies).toHaveLength(3);
    expect(bodyOf(bodies, 'outside')).toBeUndefined();
    expect(bodyOf(bodies, 'large')).toBe(bodyOf(bodies, 'corner'));
    expect(bodyOf(bodies, 'large').geometry.type).toBe('MultiPolygon');
    expect(bodies.map(({ properties }) => properties.UID)).toEqual(['12_2_0', '12_1_1', '12_2_2']);
    for (const { properties, geometry } of bodies) {
      const polygon = polygonFromGeoJson(geometry, (lon, lat) => ({ lon, lat }))!;
      // UTM's scale is 1 part in 1,600 off at most.
      expect(geodesicAreaM2(polygon) / 10_000 / (properties.area_ored as number)).toBeCloseTo(1, 2);
    }
  });

  test('have the area, size class, seasons and shares of every year of their pixels', async () => {
    const { properties } = bodyOf((await waterBodies()).bodies, 'large');
    const pixels = pixelsOfLarge();
    const N = pixels.length;
    expect(properties.area_ored).toBeCloseTo((N * 100) / 10_000, 12);
    expect(properties.category_sq_m).toBe('5000 and above');
    for (const [year, label] of ['17-18', '18-19', '19-20'].entries()) {
      const count = (...classes: number[]) =>
        pixels.filter((labels) => classes.includes(labels[year]!)).length;
      const share = (...classes: number[]) => expect.closeTo((100 * count(...classes)) / N, 10);
      expect(properties).toMatchObject({
        [`area_${label}`]: expect.closeTo(count(2, 3, 4) / 100, 10),
        [`k_${label}`]: share(2, 3, 4),
        [`kr_${label}`]: share(3, 4),
        [`krz_${label}`]: share(4),
        [`build_up_${label}`]: share(0, 1),
        [`cropland_${label}`]: share(5),
        [`tree_${label}`]: share(6),
        [`barren_land_${label}`]: share(7),
        [`single_kharif_${label}`]: share(8),
        [`single_kharif_no_${label}`]: share(9),
        [`double_cropping_${label}`]: share(10),
        [`tripple_cropping_${label}`]: share(11),
        [`shrubs_${label}`]: share(12),
      });
    }
    const small = bodyOf((await waterBodies()).bodies, 'small').properties;
    expect(small).toMatchObject({ category_sq_m: '0-500', 'build_up_18-19': 100, 'shrubs_19-20': 100 });
  });

  test('leave the last year out of what makes a body when the original is asked for, and count it all the same', async () => {
    const { bodies } = await waterBodies({}, { swbUnionIncludesLastYear: 'false' });
    expect(bodies).toHaveLength(2);
    expect(bodyOf(bodies, 'last-year')).toBeUndefined();
    expect(bodyOf(bodies, 'large').properties['area_19-20']).toBeCloseTo(2.4, 10);
  });

  test('know the highest order and largest catchment at a pixel centre inside, or within 15 m of a small one', async () => {
    const { streamOrder, catchmentArea } = land;
    const { bodies } = await waterBodies({ streamOrder, catchmentArea });
    // Column 16 of 30 m is columns 48 to 50 of 10 m; rows 50 to 65 are rows 17 to 21 by their centres.
    expect(bodyOf(bodies, 'large').properties).toMatchObject({
      max_stream_order: 2,
      max_catchment_area: 120,
    });
    expect(bodyOf(bodies, 'small').properties).toMatchObject({
      max_stream_order: 0,
      max_catchment_area: expect.closeTo(0.09, 6),
    });
    const unknown = await waterBodies();
    expect(unknown.bodies[0]!.properties).toMatchObject({ max_stream_order: null, max_catchment_area: null });
    expect(unknown.done.steps.find(({ name }) => name === 'waterbodies')?.notes).toEqual([
      'Stream orders are not known (max_stream_order).',
      'Catchment areas are not known (max_catchment_area).',
      'There are neither rivers nor canals to tell the type of a water body by (data.rivers, data.canals).',
    ]);
  });

  test('are of a river within 500 m, else of a canal, else by themselves; unknown without both layers', async () => {
    const { rivers, canals, villages, drainage } = land;
    const { bodies } = await waterBodies({ rivers, canals, villages, drainage });
    expect(bodyOf(bodies, 'small').properties).toMatchObject({
      waterbody_type: 'river',
      waterbody_type_name: 'Ghelo',
      river_objectid: 7,
      rip_code: 'R7',
      canal_code: null,
      on_drainage_line: false,
      project_name: 'points',
      river_asset_loaded: true,
      intersecting_villages: '[]',
      intersecting_villages_count: 0,
      village_name: null,
    });
    expect(bodyOf(bodies, 'last-year').properties).toMatchObject({
      waterbody_type: 'canal',
      waterbody_type_name: 'Main',
      canal_code: 'C1',
      river_objectid: null,
    });
    expect(bodyOf(bodies, 'large').properties).toMatchObject({
      waterbody_type: 'individual',
      waterbody_type_name: null,
      on_drainage_line: true,
      intersecting_villages: '["Amba","Vadal"]',
      intersecting_villages_count: 2,
      covering_village_names: 'Amba, Vadal',
      village_name: 'Amba, Vadal',
      village_asset_loaded: true,
    });
    const near = await waterBodies({ rivers, canals }, { waterbodyTypeBufferM: '60' });
    expect(near.bodies.map(({ properties }) => properties.waterbody_type)).toEqual([
      'individual',
      'individual',
      'individual',
    ]);
    expect((await waterBodies()).bodies[0]!.properties).toMatchObject({
      waterbody_type: 'unknown',
      on_drainage_line: null,
      canal_asset_loaded: false,
    });
  });

  test('are the same, byte for byte, whatever blocks the rasters are stored in', async () => {
    const [first, second] = await Promise.all(
      [16, 256].map(async (tile) => {
        const other = await makeLand(join(work, `tiles-${tile}`), tile);
        return (await waterBodies({ lulc: other.lulc })).done.hashes['surface-water-bodies.geojson'];
      }),
    );
    expect(first).toBe(second);
    expect(first).toBe((await waterBodies()).done.hashes['surface-water-bodies.geojson']);
  });

  test('of a raster in degrees have areas on the ellipsoid, or counts x 100 m² when the original is asked for', async () => {
    const [west, north] = degreesAt(0, 0);
    const step = 0.0001;
    const lulc = YEARS.map((year) =>
      writeTiff(join(work, `degrees_${year}_${year + 1}.tif`), {
        width: 190,
        height: 160,
        rowsPerStrip: 1,
        keys: DEGREES,
        place: [west, north, step, step],
        value: (column, row) => (column >= 40 && column < 50 && row >= 50 && row < 55 ? 3 : 6),
      }),
    );
    const { bodies } = await waterBodies({ lulc });
    const [{ properties, geometry }] = bodies as [Feature];
    const polygon = polygonFromGeoJson(geometry, (lon, lat) => ({ lon, lat }))!;
    expect(properties.area_ored).toBeCloseTo(geodesicAreaM2(polygon) / 10_000, 4);
    const counted = await waterBodies({ lulc }, { swbCountAreas: 'true' });
    expect(counted.bodies[0]!.properties).toMatchObject({
      area_ored: expect.closeTo(0.5, 12),
      'area_17-18': expect.closeTo(0.5, 12),
      category_sq_m: '5000 and above',
    });
  });

  test('of classes that are not LULC v3 tell area and water alone, and the step says so', async () => {
    const { bodies, done } = await waterBodies({}, {}, { lulc: { classes: { water: [3, 4] } } });
    const { properties } = bodyOf(bodies, 'large');
    expect(properties).not.toHaveProperty('krz_17-18');
    expect(properties['k_17-18']).toBeCloseTo(100, 10);
    expect(done.steps.find(({ name }) => name === 'waterbodies')?.notes[0]).toContain(
      'class 3, 4, which is not LULC v3',
    );
  });
});

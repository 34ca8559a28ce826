import fc from 'fast-check';
import { expect, test } from 'vitest';
import { geodesicDistanceM } from '../../src/geo/geodesic.js';
import { cellSizesM, pixelAreasM2 } from '../../src/geo/pixel-area.js';
import { geodesicAreaM2 } from '../../src/geo/polygon-area.js';
import { cellFrame } from '../../src/raster/cell-frame.js';
import { crsFromEpsg, crsFromGeoKeys } from '../../src/raster/crs.js';
import { readPolygonLayer } from '../../src/tasks/water/polygon-layer.js';
import { readTable, sharedGeo } from '../helpers/shared-geo.js';
import { reversed, square } from './random-polygon.js';

const geo = sharedGeo('pixel-area.test');
/** Of WGS 84. */
const ELLIPSOID_M2 = 510_065_621_724_088.4;

const globe = { geographic: true, originY: 90, stepX: 0.5, stepY: -0.5, height: 360 };

test('pixels of the whole globe make up the ellipsoid', () => {
  const total = pixelAreasM2(globe).reduce((sum, area) => sum + area * 720, 0);
  expect(Math.abs(total / ELLIPSOID_M2 - 1)).toBeLessThan(1e-12);
});

test('a pixel has the area of its outline walked along the parallels', () => {
  fc.assert(
    fc.property(fc.integer({ min: -88, max: 88 }), (lat) => {
      const step = 1 / 1200;
      const [area] = pixelAreasM2({ geographic: true, originY: lat, stepX: step, stepY: -step, height: 1 });
      const outline = geodesicAreaM2([[square(72, lat - step, 72 + step, lat)]]);
      expect(Math.abs(area! / outline - 1)).toBeLessThan(2e-8);
    }),
  );
});

test('rows beyond a pole have no area, and rows that run north the same as rows that run south', () => {
  expect([...pixelAreasM2({ ...globe, originY: 91, height: 2 })]).toEqual([0, 0]);
  const south = pixelAreasM2(globe);
  const north = pixelAreasM2({ ...globe, originY: -90, stepY: 0.5 });
  expect([...north]).toEqual([...south].reverse());
});

test('pixels of a projected raster have the area of the plane', () => {
  expect([...pixelAreasM2({ geographic: false, originY: 0, stepX: 30, stepY: -31.5, height: 2 })]).toEqual([
    945, 945,
  ]);
});

test('cells are as wide and as high as the ground between their middles', () => {
  const { dxM, dyM } = cellSizesM({ geographic: true, originY: 24, stepX: 0.001, stepY: -0.001, height: 3 });
  const lat = 24 - 0.0015;
  const across = geodesicDistanceM({ lon: 72, lat }, { lon: 72.001, lat });
  const along = geodesicDistanceM({ lon: 72, lat: lat - 0.0005 }, { lon: 72, lat: lat + 0.0005 });
  expect(Math.abs(dxM[1]! / across - 1)).toBeLessThan(1e-9);
  expect(Math.abs(dyM[1]! / along - 1)).toBeLessThan(1e-9);
});

test('a raster in feet has its cells in metres', () => {
  const affine = { originX: 0, originY: 0, stepX: 10, stepY: -10 };
  const feet = crsFromEpsg(2263);
  const own = crsFromGeoKeys({
    GTModelTypeGeoKey: 1,
    ProjectedCSTypeGeoKey: 32643,
    ProjLinearUnitsGeoKey: 9002,
  });
  for (const [crs, metres] of [
    [feet, 0.3048006096],
    [own, 0.3048],
  ] as const) {
    if ('problem' in crs) throw new Error(crs.found);
    const { stepX, stepY, geographic } = cellFrame({ path: 'feet.tif', height: 1, affine, crs });
    expect(geographic).toBe(false);
    expect(stepX).toBeCloseTo(10 * metres, 6);
    expect(stepY).toBeCloseTo(-10 * metres, 6);
  }
});

test('areas asked of a raster without a coordinate system are refused by name', () => {
  const affine = { originX: 0, originY: 0, stepX: 10, stepY: -10 };
  expect(() => cellFrame({ path: 'dem.tif', height: 1, affine })).toThrow(
    expect.objectContaining({ code: 'AREA_NEEDS_CRS', message: expect.stringContaining('dem.tif') }),
  );
});

test('an area is outlines less holes, whichever way they run', () => {
  const outline = square(72, 24, 72.1, 24.1);
  const hole = square(72.02, 24.02, 72.04, 24.04);
  const whole = geodesicAreaM2([[outline]]);
  const without = geodesicAreaM2([[outline, hole]]);
  expect(without).toBeCloseTo(whole - geodesicAreaM2([[hole]]), 6);
  expect(geodesicAreaM2([[reversed(outline), reversed(hole)]])).toBeCloseTo(without, 3);
  expect(geodesicAreaM2([[outline], [square(73, 24, 73.1, 24.1)]])).toBeCloseTo(2 * whole, 3);
});

if (geo === null) test('there is no table of areas to compare with', () => {});
else {
  test('areas equal the table made with pyproj', async () => {
    const rows = readTable(geo('reference/polygon_areas.csv'));
    for (const file of new Set(rows.map((row) => row.file!).filter((name) => name.endsWith('.geojson')))) {
      const { features } = await readPolygonLayer([geo(file)]);
      rows
        .filter((row) => row.file === file)
        .forEach((row, i) => {
          const named = features.find(({ id }) => id === row.id) ?? features[i];
          const expected = Number(row.area_m2_geodesic);
          // The table has areas to the centimetre squared.
          expect(Math.abs(geodesicAreaM2(named!.polygon) - expected), `${file} ${row.id}`).toBeLessThan(
            0.006 + 1e-9 * expected,
          );
        });
    }
  });
}

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import geographiclib from 'geographiclib-geodesic';
import { fromFile } from 'geotiff';
import proj4 from 'proj4';
import { describe, expect, test } from 'vitest';
import { FinalError } from '../../../src/core/error.js';
import { prepareBatch } from './desilting-run.js';

const shared = resolve(import.meta.dirname, '../../../../shared/data/geo');

interface RealCase {
  file: string;
  /** As PROJ knows the raster's system; independent of the file's own keys. */
  projection: string;
  origin: [x: number, y: number];
  step: [x: number, y: number];
  water: number;
}

const ZION: RealCase = {
  file: 'zion_nlcd.tif',
  projection: '+proj=utm +zone=12 +datum=NAD83 +units=m +no_defs',
  origin: [301_903.344386758, 4_154_086.47216415],
  step: [31.530298224786595, -31.52465870178793],
  water: 1,
};
const PLANSLAB: RealCase = {
  file: 'planslab_lulc.tif',
  projection: '+proj=utm +zone=21 +south +ellps=GRS80 +units=m +no_defs',
  origin: [639_958.57275, 6_702_106.10671],
  step: [30, -30],
  water: 1,
};

/** Every centre of a water pixel, in degrees. */
async function waterCentres({
  file,
  projection,
  origin,
  step,
  water,
}: RealCase): Promise<[lon: number, lat: number][]> {
  const tiff = await fromFile(resolve(shared, file));
  const image = await tiff.getImage();
  const [band] = (await image.readRasters()) as unknown as [ArrayLike<number>];
  const toDegrees = proj4(projection, 'WGS84');
  const width = image.getWidth();
  const centres: [number, number][] = [];
  for (let i = 0; i < band.length; i++) {
    if (band[i] !== water) continue;
    const x = origin[0] + ((i % width) + 0.5) * step[0];
    const y = origin[1] + (Math.floor(i / width) + 0.5) * step[1];
    centres.push(toDegrees.forward([x, y]) as [number, number]);
  }
  await tiff.close();
  return centres;
}

function nearest(centres: [number, number][], lon: number, lat: number) {
  let best = { lon: 0, lat: 0, distanceM: Infinity };
  for (const [cLon, cLat] of centres) {
    const { s12 } = geographiclib.Geodesic.WGS84.Inverse(lat, lon, cLat, cLon);
    if (s12! < best.distanceM) best = { lon: cLon, lat: cLat, distanceM: s12! };
  }
  return best;
}

/** Repeatable offsets. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

async function compare(
  real: RealCase,
  points: [lon: number, lat: number][],
): Promise<{ found: number; without: number }> {
  const centres = await waterCentres(real);
  const batch = await prepareBatch(
    { lulc: [resolve(shared, real.file)], water: [real.water] },
    { minWaterYears: '1' },
  );
  const tally = { found: 0, without: 0 };
  for (const [lon, lat] of points) {
    const expected = nearest(centres, lon, lat);
    const result = await batch.run(lat, lon).catch((error: unknown) => error);
    if (expected.distanceM > 1500) {
      tally.without++;
      expect(result).toBeInstanceOf(FinalError);
      expect((result as FinalError).message).toMatch(
        /^No water pixel found within 1500m$|lies outside the rasters/,
      );
      continue;
    }
    tally.found++;
    expect(result).toMatchObject({
      water_years: 1,
      match: 'none',
      distance_m: Math.trunc(expected.distanceM),
    });
    const { water_latitude, water_longitude, distance_exact_m } = result as Record<string, number>;
    expect(Math.abs(distance_exact_m! - expected.distanceM)).toBeLessThan(0.001);
    const apart = geographiclib.Geodesic.WGS84.Inverse(
      water_latitude!,
      water_longitude!,
      expected.lat,
      expected.lon,
    ).s12!;
    expect(apart, `pixel of ${lon}, ${lat}`).toBeLessThan(0.02);
  }
  return tally;
}

describe.skipIf(!existsSync(resolve(shared, ZION.file)))('real rasters', () => {
  test('points around the lakes of Zion have the pixel and distance of a search of all pixels', async () => {
    const random = randomFrom(11);
    const bodies = JSON.parse(readFileSync(resolve(shared, 'zion_waterbodies.geojson'), 'utf8')) as {
      features: { geometry: { coordinates: [number, number][][] } }[];
    };
    const points = bodies.features.flatMap(({ geometry }) => {
      const ring = geometry.coordinates[0]!;
      return Array.from({ length: 24 }, (): [number, number] => {
        const [lon, lat] = ring[Math.floor(random() * ring.length)]!;
        const angle = random() * 2 * Math.PI;
        const offsetM = random() * 3000;
        return [lon + (Math.cos(angle) * offsetM) / 88_600, lat + (Math.sin(angle) * offsetM) / 111_000];
      });
    });
    const { found, without } = await compare(ZION, points);
    expect(found).toBeGreaterThanOrEqual(60);
    expect(without).toBeGreaterThan(2);
  }, 60_000);

  test('classes stored as floats, with the lowest float as nodata, in the south of another zone', async () => {
    const random = randomFrom(3);
    const centres = await waterCentres(PLANSLAB);
    const points = Array.from({ length: 120 }, (): [number, number] => {
      const [lon, lat] = centres[Math.floor(random() * centres.length)]!;
      return [lon + (random() * 2 - 1) * 0.025, lat + (random() * 2 - 1) * 0.02];
    });
    const { found, without } = await compare(PLANSLAB, points);
    expect(found).toBeGreaterThan(30);
    expect(without).toBeGreaterThan(2);
  }, 60_000);
});

if (!existsSync(resolve(shared, ZION.file))) {
  console.warn('real-rasters.test: ../shared/data/geo is absent, the real rasters were not searched');
  test('there is nothing to read', () => {});
}

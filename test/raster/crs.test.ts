/** Places of pixels in many coordinate systems, as PROJ finds them (GDAL writes the file and says where its pixels lie). */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRaster, openRasterUnplaced } from '../../src/raster/raster.js';
import { lacksGdal } from '../helpers/gdal.js';
import { gdalFacts } from './gdal-facts.js';

type System = [name: string, lon: number, lat: number, size: number, definition: string];

const KNOWN: System[] = [
  ['WGS 84', 75.5, 23.5, 0.01, 'EPSG:4326'],
  ['UTM 43 N', 75.5, 23.5, 100, 'EPSG:32643'],
  ['UTM 17 S', -80, -6, 100, 'EPSG:32717'],
  ['SIRGAS 2000 UTM 22 S', -52, -29, 100, 'EPSG:31982'],
  ['NAD83 UTM 12 N', -113, 37, 100, 'EPSG:26912'],
  ['California in US survey feet', -122, 40, 300, 'EPSG:2225'],
  ['web Mercator', 75.5, 23.5, 100, 'EPSG:3857'],
  ['EASE grid 2.0', 75.5, 23.5, 1000, 'EPSG:6933'],
  ['Conus Albers', -100, 40, 1000, 'EPSG:5070'],
  ['Europe LAEA', 10, 50, 1000, 'EPSG:3035'],
  ['polar stereographic north', -40, 75, 1000, 'EPSG:3413'],
  ['polar stereographic south', 60, -75, 1000, 'EPSG:3031'],
  ['Canada Lambert', -90, 50, 1000, 'EPSG:3978'],
  ['India NSF LCC', 78, 20, 1000, 'EPSG:7755'],
  ['ETRS89 degrees', 10, 50, 0.01, 'EPSG:4258'],
  [
    'MODIS sinusoidal',
    -55,
    -11,
    231.656358263854,
    '+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m',
  ],
  [
    'own Albers',
    78,
    20,
    1000,
    '+proj=aea +lat_1=12 +lat_2=28 +lat_0=0 +lon_0=78 +x_0=0 +y_0=0 +datum=WGS84 +units=m',
  ],
  [
    'own Lambert, two parallels',
    78,
    20,
    1000,
    '+proj=lcc +lat_1=12.47 +lat_2=35.17 +lat_0=24 +lon_0=80 +x_0=4000000 +y_0=4000000 +datum=WGS84 +units=m',
  ],
  [
    'own Lambert, one parallel',
    78,
    20,
    1000,
    '+proj=lcc +lat_1=20 +lat_0=20 +lon_0=78 +k_0=0.999 +x_0=500000 +y_0=0 +datum=WGS84 +units=m',
  ],
  ['own LAEA', 78, 20, 1000, '+proj=laea +lat_0=22 +lon_0=79 +x_0=0 +y_0=0 +datum=WGS84 +units=m'],
  [
    'own polar stereographic',
    78,
    80,
    1000,
    '+proj=stere +lat_0=90 +lat_ts=71 +lon_0=10 +x_0=0 +y_0=0 +datum=WGS84 +units=m',
  ],
  [
    'own polar stereographic, south',
    -40,
    -75,
    1000,
    '+proj=stere +lat_0=-90 +lat_ts=-71 +lon_0=10 +x_0=0 +y_0=0 +datum=WGS84 +units=m',
  ],
  [
    'own polar stereographic, by scale',
    -40,
    75,
    1000,
    '+proj=stere +lat_0=90 +k=0.994 +lon_0=10 +x_0=2000000 +y_0=2000000 +datum=WGS84 +units=m',
  ],
  ['UPS north', -40, 85, 1000, 'EPSG:32661'],
  ['New Zealand', 173, -41, 100, 'EPSG:2193'],
  [
    'own azimuthal equidistant',
    78,
    20,
    1000,
    '+proj=aeqd +lat_0=15 +lon_0=75 +x_0=0 +y_0=0 +datum=WGS84 +units=m',
  ],
  ['own polyconic', 78, 20, 1000, '+proj=poly +lat_0=15 +lon_0=75 +x_0=0 +y_0=0 +datum=WGS84 +units=m'],
  ['own orthographic', 78, 20, 1000, '+proj=ortho +lat_0=15 +lon_0=75 +x_0=0 +y_0=0 +R=6371000 +units=m'],
  ['own gnomonic', 78, 20, 1000, '+proj=gnom +lat_0=15 +lon_0=75 +x_0=0 +y_0=0 +R=6371000 +units=m'],
  [
    'own oblique stereographic',
    78,
    20,
    1000,
    '+proj=sterea +lat_0=15 +lon_0=75 +k=0.9999 +x_0=0 +y_0=0 +datum=WGS84 +units=m',
  ],
  [
    'own oblique stereographic of Snyder',
    78,
    20,
    1000,
    '+proj=stere +lat_0=15 +lon_0=75 +k=0.9999 +x_0=0 +y_0=0 +datum=WGS84 +units=m',
  ],
  ['own Cassini', 78, 20, 1000, '+proj=cass +lat_0=15 +lon_0=75 +x_0=0 +y_0=0 +datum=WGS84 +units=m'],
  ['own Miller', 78, 20, 1000, '+proj=mill +lon_0=75 +x_0=0 +y_0=0 +R=6371000 +units=m'],
  [
    'own equidistant conic',
    78,
    20,
    1000,
    '+proj=eqdc +lat_0=15 +lat_1=10 +lat_2=30 +lon_0=75 +x_0=0 +y_0=0 +datum=WGS84 +units=m',
  ],
  [
    'Mollweide, which GeoTIFF keeps as text of ESRI',
    78,
    20,
    1000,
    '+proj=moll +lon_0=0 +x_0=0 +y_0=0 +datum=WGS84 +units=m',
  ],
  ['own Van der Grinten', 78, 20, 1000, '+proj=vandg +lon_0=0 +x_0=0 +y_0=0 +R=6371000 +units=m'],
  [
    'own Mercator, true at a parallel',
    78,
    20,
    1000,
    '+proj=merc +lat_ts=20 +lon_0=70 +x_0=0 +y_0=0 +datum=WGS84 +units=m',
  ],
  [
    'own plate carrée, true at a parallel',
    78,
    20,
    1000,
    '+proj=eqc +lat_ts=30 +lon_0=70 +x_0=0 +y_0=0 +datum=WGS84 +units=m',
  ],
  [
    'own Lambert from Paris, with its shift',
    3,
    47,
    1000,
    '+proj=lcc +lat_1=46.8 +lat_0=46.8 +lon_0=0 +k_0=0.99987742 +x_0=600000 +y_0=2200000 +a=6378249.2 +b=6356515 +towgs84=-168,-60,320,0,0,0,0 +pm=paris +units=m',
  ],
  ['own UTM, south', 78, -20, 1000, '+proj=utm +zone=44 +south +datum=WGS84'],
  [
    'own transverse Mercator in kilometres',
    78,
    20,
    1,
    '+proj=tmerc +lat_0=0 +lon_0=78 +k=0.9996 +x_0=500000 +y_0=0 +datum=WGS84 +units=km',
  ],
  ['Japan plane 9', 140, 36, 100, 'EPSG:6677'],
  ['Australia MGA', 140, -36, 100, 'EPSG:28354'],
  ['China Gauss-Kruger', 110, 30, 100, 'EPSG:4547'],
  ['South Africa, x to the west', 19.5, -25, 100, 'EPSG:2048'],
  [
    'own transverse Mercator, x to the west',
    28,
    -25,
    100,
    '+proj=tmerc +axis=wsu +lat_0=0 +lon_0=29 +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m',
  ],
  ['UTM with heights', 75, 23, 100, 'EPSG:32643+5773'],
  ['own Mercator', 78, 20, 1000, '+proj=merc +lon_0=70 +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m'],
  [
    'own equal-area cylinder',
    78,
    20,
    1000,
    '+proj=cea +lat_ts=30 +lon_0=0 +x_0=0 +y_0=0 +datum=WGS84 +units=m',
  ],
  [
    'own plate carrée',
    78,
    20,
    1000,
    '+proj=eqc +lat_ts=0 +lat_0=0 +lon_0=0 +x_0=0 +y_0=0 +datum=WGS84 +units=m',
  ],
  [
    'own transverse Mercator in feet',
    78,
    20,
    300,
    '+proj=tmerc +lat_0=0 +lon_0=78 +k=0.9996 +x_0=500000.1016 +y_0=0 +datum=WGS84 +units=us-ft',
  ],
  [
    'Everest 1830 with its shift',
    75.5,
    23.5,
    100,
    '+proj=utm +zone=43 +a=6377301.243 +rf=300.8017 +towgs84=295,736,257,0,0,0,0 +units=m',
  ],
  [
    'UTM on another ellipsoid with its shift',
    10,
    50,
    100,
    '+proj=utm +zone=32 +ellps=intl +towgs84=-87,-98,-121,0,0,0,0 +units=m',
  ],
  [
    'OSGB 1936',
    -2,
    53,
    100,
    '+proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy +towgs84=446.448,-125.157,542.06,0.15,0.247,0.842,-20.489 +units=m',
  ],
  ['degrees on a sphere', 78, 20, 0.01, '+proj=longlat +R=6371229'],
];
/** Known by their names, but not by where they lie: the datum is a grid's affair, or the variant is not said. */
const REFUSED: System[] = [
  ['RD New', 5, 52, 100, 'EPSG:28992'],
  ['NAD27 UTM', -100, 40, 100, 'EPSG:26714'],
  ['Kalianpur 1975 UTM', 75.5, 23.5, 100, 'EPSG:24378'],
  ['Malaysia RSO', 103, 3, 100, 'EPSG:3375'],
  ['Michigan oblique Mercator', -85, 45, 100, 'EPSG:3078'],
];
/** Metres, of a degree: datums within 2 m of WGS 84 are taken for it. */
const TOLERANCE_DEGREES = 2 / 111_320;

let folder = '';
beforeAll(async () => {
  if (lacksGdal) return;
  folder = await mkdtemp(join(tmpdir(), 'sluice-crs-'));
  const input = [...KNOWN, ...REFUSED].map(([, ...system]) => system.join(' ')).join('\n');
  execFileSync('/usr/bin/python3', [join(import.meta.dirname, 'write-crs-rasters.py'), folder], { input });
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(lacksGdal)('pixels lie where PROJ puts them, and places find them again', () => {
  let facts: ReturnType<typeof gdalFacts> = [];
  beforeAll(() => {
    facts = gdalFacts(KNOWN.map((_, i) => join(folder, `${i}.tif`)));
  }, 600_000);

  test.each(KNOWN.map(([name], i) => [name, i] as const))('%s', async (_, i) => {
    const { path, places } = facts[i]!;
    const raster = await openRaster(path);
    await raster.close();
    for (const [column, row, place] of places) {
      const found = raster.grid.toLonLat({ column, row });
      expect(Math.abs(found.lon - place![0]) * Math.cos((found.lat * Math.PI) / 180)).toBeLessThan(
        TOLERANCE_DEGREES,
      );
      expect(Math.abs(found.lat - place![1])).toBeLessThan(TOLERANCE_DEGREES);
      const back = raster.grid.toPixel(found);
      expect(back.column).toBeCloseTo(column, 4);
      expect(back.row).toBeCloseTo(row, 4);
    }
  });
});

test.each(
  REFUSED.map(([name], i) => [name, KNOWN.length + i] as const),
)('%s is refused, and can be read where no place is needed', async (_, i) => {
  const path = join(folder, `${i}.tif`);
  await expect(openRaster(path)).rejects.toMatchObject({ code: 'RASTER_CRS_UNKNOWN' });
  const raster = await openRasterUnplaced(path);
  expect(raster.crs).toBeUndefined();
  expect(() => raster.placed()).toThrow(/expected a system with a known place/);
  await raster.close();
});

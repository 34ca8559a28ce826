/** A made-up land of 2 x 2 km with two micro-watersheds, three ponds and three years, and everything the pipeline reads of it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crsFromEpsg } from '../../../../src/raster/crs.js';
import { UTM43N, writeTiff } from '../../../raster/write-tiff.js';

export const SIDE = 200;
const ORIGIN: [number, number] = [400_000, 2_650_000];
const PIXEL_M = 10;
export const YEARS = [2017, 2018, 2019];

/** Columns and rows of the LULC rasters, ends left out, with the label of each year. */
export interface Pond {
  name: string;
  columns: [number, number];
  rows: [number, number];
  labels: [number, number, number];
}

/** `small` is one pixel; `corner` touches `large` at a corner, so the two are one body. */
export const PONDS: readonly Pond[] = [
  { name: 'large', columns: [40, 60], rows: [50, 62], labels: [4, 3, 2] },
  { name: 'corner', columns: [60, 64], rows: [62, 66], labels: [2, 2, 10] },
  { name: 'last-year', columns: [150, 156], rows: [150, 154], labels: [8, 5, 3] },
  { name: 'small', columns: [120, 121], rows: [30, 31], labels: [3, 1, 12] },
  { name: 'outside', columns: [20, 24], rows: [190, 194], labels: [4, 4, 4] },
];

/** Columns of the watersheds west and east; rows 180 and below belong to none. */
export const WATERSHEDS = [
  { uid: '12_1', columns: [0, 100], rows: [0, 180] },
  { uid: '12_2', columns: [100, 200], rows: [0, 180] },
] as const;

/** The label of a pixel in a year (0, 1, 2). */
export function labelAt(column: number, row: number, year: number): number {
  const pond = PONDS.find(
    ({ columns, rows }) => column >= columns[0] && column < columns[1] && row >= rows[0] && row < rows[1],
  );
  if (pond !== undefined) return pond.labels[year]!;
  return 5 + ((column * 7 + row * 13 + year * 5) % 8);
}

export function degreesAt(column: number, row: number): [number, number] {
  const crs = crsFromEpsg(32643);
  if ('problem' in crs) throw new Error(crs.problem);
  const { lon, lat } = crs.toLonLat(ORIGIN[0] + column * PIXEL_M, ORIGIN[1] - row * PIXEL_M);
  return [lon, lat];
}

/** A closed ring around pixels, as degrees. */
function box([left, right]: readonly [number, number], [top, bottom]: readonly [number, number]): number[][] {
  return [
    degreesAt(left, bottom),
    degreesAt(right, bottom),
    degreesAt(right, top),
    degreesAt(left, top),
    degreesAt(left, bottom),
  ];
}

export interface Land {
  folder: string;
  lulc: string[];
  mws: string;
  streamOrder: string;
  catchmentArea: string;
  drainage: string;
  rivers: string;
  canals: string;
  villages: string;
  precipitation: string;
  ndvi: string;
  landforms: string;
  dem: string;
}

/** Writes all of it into `folder`. `tile` is the tile size of the rasters. */
export async function makeLand(folder: string, tile = 64): Promise<Land> {
  await mkdir(folder, { recursive: true });
  const raster = (
    name: string,
    value: (column: number, row: number) => number,
    pixelM = PIXEL_M,
    kind: 'uint8' | 'float32' = 'uint8',
  ) =>
    writeTiff(join(folder, name), {
      width: Math.ceil((SIDE * PIXEL_M) / pixelM),
      height: Math.ceil((SIDE * PIXEL_M) / pixelM),
      tile,
      compression: 'deflate',
      keys: UTM43N,
      place: [...ORIGIN, pixelM, pixelM],
      nodata: kind === 'uint8' ? '255' : 'nan',
      kind,
      value,
    });
  const layer = async (name: string, features: object[]) => {
    await writeFile(join(folder, name), JSON.stringify({ type: 'FeatureCollection', features }));
    return join(folder, name);
  };
  const polygon = (
    properties: object,
    columns: readonly [number, number],
    rows: readonly [number, number],
  ) => ({
    type: 'Feature',
    properties,
    geometry: { type: 'Polygon', coordinates: [box(columns, rows)] },
  });
  const line = (properties: object, ...places: [number, number][]) => ({
    type: 'Feature',
    properties,
    geometry: { type: 'LineString', coordinates: places.map(([column, row]) => degreesAt(column, row)) },
  });
  const days = Array.from({ length: 3 * 365 + 1 }, (_, i) =>
    new Date(Date.UTC(2017, 6, 1 + i)).toISOString().slice(0, 10),
  );
  const rain = WATERSHEDS.flatMap(({ uid }, w) =>
    days.map((day, i) => `${uid},${day},${((i * 3 + w) % 10) / 2}`),
  );
  await writeFile(join(folder, 'rain.csv'), ['uid,date,mm', ...rain, ''].join('\n'));
  return {
    folder,
    lulc: YEARS.map((year, i) =>
      raster(`lulc_${year}_${year + 1}.tif`, (column, row) => labelAt(column, row, i)),
    ),
    mws: await layer(
      'mws.geojson',
      WATERSHEDS.map(({ uid, columns, rows }) => polygon({ uid, area_in_ha: 180 }, columns, rows)),
    ),
    streamOrder: raster(
      'stream-order.tif',
      (column, row) => (column === 16 ? Math.min(4, 1 + Math.floor(row / 15)) : 0),
      30,
    ),
    catchmentArea: raster(
      'catchment.tif',
      (column, row) => (column === 16 ? 100 + row : 0.09),
      30,
      'float32',
    ),
    drainage: await layer('drainage.geojson', [
      line({ name: 'through the large pond' }, [50, 0], [50, 199]),
      line({ name: 'south of all' }, [0, 195], [199, 195]),
    ]),
    rivers: await layer('rivers.geojson', [
      line({ rivname: 'Ghelo', objectid: 7, rip_code: 'R7' }, [108, 0], [108, 25]),
      line({ rivname: 'Far' }, [0, 900], [199, 900]),
    ]),
    canals: await layer('canals.geojson', [
      line({ canname: 'Main', canal_code: 'C1' }, [170, 100], [170, 140]),
    ]),
    villages: await layer('villages.geojson', [
      polygon({ 'Village Na': 'Vadal' }, [30, 50], [40, 80]),
      polygon({ 'Village Na': 'Amba' }, [50, 90], [40, 80]),
      polygon({ 'Village Na': 'Vadal' }, [30, 50], [55, 60]),
    ]),
    precipitation: join(folder, 'rain.csv'),
    ndvi: raster('ndvi_20180105.tif', (column) => column / 400, 50, 'float32'),
    landforms: raster('landforms.tif', (column, row) => 1 + ((column + row) % 11), 30),
    dem: raster('dem.tif', (column, row) => 300 - row + Math.abs(column - 33) * 0.7, 30, 'float32'),
  };
}

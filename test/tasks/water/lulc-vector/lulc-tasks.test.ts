import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import cropping from '../../../../src/tasks/water/cropping/cropping-intensity.js';
import lulcVector from '../../../../src/tasks/water/lulc-vector/lulc-vector.js';
import { featuresOf, prepareTask, type Row } from '../in-process.js';
import { METRES, makeFolder, pixelRectangle, writeRaster } from '../made-rasters.js';

/** Hectares of a pixel. */
const PIXEL_HA = 0.01;
const YEARS = [2017, 2018, 2019];
const NODATA = 255;

/** Classes that are spread over all of 0 to 12 and move from year to year. */
const classAt = (year: number) => (column: number, row: number) =>
  column === 3 && row === 3 ? NODATA : (column * 7 + row * 3 + year * 5) % 13;

/** The same counted pixel by pixel. */
function countHa(
  left: number,
  top: number,
  right: number,
  bottom: number,
  test: (classes: number[]) => boolean,
): number {
  let pixels = 0;
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      if (test(YEARS.map((year) => classAt(year)(column, row)))) pixels++;
    }
  }
  return pixels * PIXEL_HA;
}

let lulc: string[];
const box = [2, 1, 37, 29] as const;
const watershed: Row = { uid: '14_1', area_in_ha: 9.8, geometry: pixelRectangle(METRES, ...box) };

beforeAll(async () => {
  const folder = await makeFolder();
  lulc = [];
  for (const year of YEARS) {
    const file = join(folder, `lulc_v3_${year}_${year + 1}.tif`);
    lulc.push(await writeRaster(file, METRES, [classAt(year)], { sampleType: 'uint8', nodata: NODATA }));
  }
});

describe('lulc-vector', () => {
  test('gives every class of every year its hectares, under the names of the original', async () => {
    const task = await prepareTask(lulcVector, { lulc });
    const { artifacts } = await task.finish([watershed]);
    const [feature] = featuresOf(artifacts.get('lulc_vector.geojson'));
    const names = {
      'built-up_area_': 1,
      k_water_area_: 2,
      kr_water_area_: 3,
      krz_water_area_: 4,
      cropland_area_: 5,
      tree_forest_area_: 6,
      barrenlands_area_: 7,
      single_kharif_cropped_area_: 8,
      single_non_kharif_cropped_area_: 9,
      doubly_cropped_area_: 10,
      triply_cropped_area_: 11,
      shrub_scrub_area_: 12,
    };
    for (const [y, year] of YEARS.entries()) {
      for (const [name, value] of Object.entries(names)) {
        const expected = countHa(...box, (classes) => classes[y] === value);
        expect(feature!.properties[`${name}${year}`], `${name}${year}`).toBeCloseTo(expected, 9);
      }
    }
    expect(Object.keys(feature!.properties)).toHaveLength(2 + YEARS.length * 12);
    expect(feature!.geometry).toMatchObject({ type: 'Polygon' });
  });

  test('covers only the years asked for', async () => {
    const task = await prepareTask(lulcVector, { lulc }, { startYear: '2018', endYear: '2018' });
    expect(await task.run(watershed)).toMatchObject({ first_year: 2018, last_year: 2018 });
  });

  test('a watershed outside the rasters fails alone', async () => {
    const task = await prepareTask(lulcVector, { lulc });
    const away = {
      uid: 'x',
      geometry: {
        type: 'Polygon',
        coordinates: [
          [
            [10, 10],
            [10.1, 10],
            [10, 10.1],
            [10, 10],
          ],
        ],
      },
    };
    await expect(task.run(away)).rejects.toMatchObject({
      code: 'WATERSHED_OUTSIDE_RASTER',
      field: 'geometry',
    });
    await expect(task.run(watershed)).resolves.toMatchObject({ first_year: 2017 });
  });

  test('without land use it says what to add to the config', async () => {
    const task = await prepareTask(lulcVector);
    await expect(task.run(watershed)).rejects.toMatchObject({ code: 'DATA_MISSING' });
  });
});

describe('cropping-intensity from rasters', () => {
  test('counts crops on the land that was cropped in any year', async () => {
    const task = await prepareTask(cropping, { lulc });
    const { artifacts, sections } = await task.finish([watershed]);
    const [feature] = featuresOf(artifacts.get('cropping_intensity.geojson'));
    const cropped = [8, 9, 10, 11];
    const ever = countHa(...box, (classes) => classes.some((value) => cropped.includes(value)));
    const found = feature!.properties as Record<string, number>;
    expect(found.total_cropable_area_ever_hydroyear_2017_2019).toBeCloseTo(ever, 9);
    expect(found.sum).toBeCloseTo(ever * 10_000, 5);
    for (const [y, year] of YEARS.entries()) {
      const area = (value: number) => countHa(...box, (classes) => classes[y] === value);
      const intensity = (area(8) + area(9) + 2 * area(10) + 3 * area(11)) / ever;
      expect(found[`cropping_intensity_${year}`]).toBeCloseTo(intensity, 9);
      expect(found[`single_cropped_area_${year}`]).toBeCloseTo(area(8) + area(9), 9);
    }
    expect(sections[0]?.items.map(({ kind }) => kind)).toEqual(['map', 'chart', 'chart']);
  });

  test('the croppable area is of all years up to the last one asked for, whatever the first', async () => {
    const task = await prepareTask(cropping, { lulc }, { startYear: 2018, endYear: 2018 });
    const { artifacts } = await task.finish([watershed]);
    const [feature] = featuresOf(artifacts.get('cropping_intensity.geojson'));
    const ever = countHa(...box, ([a, b]) => [a!, b!].some((value) => [8, 9, 10, 11].includes(value)));
    expect(feature!.properties.total_cropable_area_ever_hydroyear_2017_2018).toBeCloseTo(ever, 9);
    expect(feature!.properties).not.toHaveProperty('cropping_intensity_2017');
  });

  test('names a year that is missing between others', async () => {
    const task = await prepareTask(cropping, { lulc: [lulc[0]!, lulc[2]!] });
    expect(await task.run(watershed)).toMatchObject({ missing_years: '2018' });
  });

  test('the exact rule counts parts of pixels', async () => {
    const half = { uid: 'h', geometry: pixelRectangle(METRES, 10.25, 5, 12, 6) };
    const task = await prepareTask(lulcVector, { lulc: [lulc[0]!] }, { rule: 'exact' });
    const { artifacts } = await task.finish([half]);
    const [feature] = featuresOf(artifacts.get('lulc_vector.geojson'));
    const total = Object.values(feature!.properties).reduce<number>(
      (sum, value) => sum + (typeof value === 'number' ? value : 0),
      0,
    );
    const background = [10, 11].some((column) => classAt(2017)(column, 5) === 0);
    if (!background) expect(total).toBeCloseTo(1.75 * PIXEL_HA, 6);
    expect(background).toBe(false);
  });

  test('a sheet with a uid takes the shape from data.mws', async () => {
    const folder = await makeFolder();
    const { writeFile } = await import('node:fs/promises');
    const mws = join(folder, 'mws.geojson');
    const feature = { type: 'Feature', properties: { uid: '14_1' }, geometry: watershed.geometry };
    await writeFile(mws, JSON.stringify({ type: 'FeatureCollection', features: [feature] }));
    const task = await prepareTask(cropping, { lulc, mws });
    const bySheet = await task.run({ uid: '14_1' });
    expect(bySheet.properties).toEqual((await task.run(watershed)).properties);
    await expect(task.run({ uid: 'nowhere' })).rejects.toMatchObject({
      code: 'WATERSHED_NOT_PLACED',
      field: 'uid',
    });
  });
});

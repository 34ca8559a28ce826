import { describe, expect, test } from 'vitest';
import cropping from '../../../../src/tasks/water/cropping/cropping-intensity.js';
import { difference, goldenRows } from '../golden.js';
import { featuresOf, prepareTask, type Row } from '../in-process.js';

const rows = goldenRows('cropping');
const DERIVED = /^(cropping_intensity|single_cropped_area)_\d{4}$|^sum$/;

describe('cropping intensity of published areas', () => {
  test('intensities and single-cropped areas of 58 watersheds follow to 1e-9', async () => {
    const task = await prepareTask(cropping);
    const primary = rows.map(
      (row): Row => Object.fromEntries(Object.entries(row).filter(([name]) => !DERIVED.test(name))),
    );
    const { artifacts } = await task.finish(primary);
    const features = featuresOf(artifacts.get('cropping_intensity.geojson'));
    expect(features).toHaveLength(rows.length);
    for (const [i, { id: _, ...expected }] of rows.entries()) {
      const found = features[i]!.properties;
      expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
      for (const [name, value] of Object.entries(expected)) {
        expect(difference(found[name], value), `${name} of ${String(expected.uid)}`).toBeLessThan(1e-9);
      }
    }
  });

  test('land that was never cropped has an intensity of 0', async () => {
    const task = await prepareTask(cropping);
    const areas = {
      single_kharif_cropped_area_2017: 0,
      single_non_kharif_cropped_area_2017: 0,
      doubly_cropped_area_2017: 0,
      triply_cropped_area_2017: 0,
    };
    expect(await task.run({ uid: 'a', ...areas, sum: 0 })).toMatchObject({
      cropping_intensity: 0,
      croppable_ha: 0,
    });
  });

  test('a row with some of its areas is refused, and says which are missing', async () => {
    const task = await prepareTask(cropping);
    await expect(task.run({ uid: 'a', single_kharif_cropped_area_2017: 3, sum: 10 })).rejects.toMatchObject({
      code: 'CROPPING_INCOMPLETE',
      field: 'single_non_kharif_cropped_area_2017',
    });
  });
});

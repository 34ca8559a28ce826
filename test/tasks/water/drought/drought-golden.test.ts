import { describe, expect, test } from 'vitest';
import drought from '../../../../src/tasks/water/drought/drought.js';
import { difference, goldenRows } from '../golden.js';
import { featuresOf, prepareTask, type Row } from '../in-process.js';

const rows = goldenRows('drought');
const DERIVED = /^(frth\d|inth\d|w_no|w_mld|w_mod|w_sev|t_wks)_\d{4}$|^avg_dryspell$/;

describe('drought of published labels', () => {
  test('counts, frequencies, spells and totals of 58 watersheds are equal, intensities to 1e-9', async () => {
    const task = await prepareTask(drought);
    const primary = rows.map(
      (row): Row => Object.fromEntries(Object.entries(row).filter(([name]) => !DERIVED.test(name))),
    );
    const { artifacts, sections } = await task.finish(primary);
    const features = featuresOf(artifacts.get('drought.geojson'));
    expect(features).toHaveLength(rows.length);
    for (const [i, expected] of rows.entries()) {
      const found = features[i]!.properties;
      expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
      for (const [name, value] of Object.entries(expected)) {
        const limit = name.startsWith('inth') || name === 'avg_dryspell' ? 1e-9 : 1e-15;
        expect(difference(found[name], value), `${name} of ${String(expected.uid)}`).toBeLessThan(limit);
      }
    }
    expect(sections.map(({ id }) => id)).toEqual(rows.length > 0 ? ['drought'] : []);
  });

  test('labels that are no list of 0 to 3 are refused by their name', async () => {
    const task = await prepareTask(drought);
    await expect(task.run({ uid: 'a', drlb_2017: '[0,4]', drysp_2017: 0 })).rejects.toMatchObject({
      code: 'DROUGHT_LABELS_UNREADABLE',
      field: 'drlb_2017',
    });
  });

  test('years between that are missing are named', async () => {
    const task = await prepareTask(drought);
    const result = await task.run({
      uid: 'a',
      drlb_2017: '[0,1]',
      drysp_2017: 0,
      drlb_2019: '[2,3]',
      drysp_2019: 4,
    });
    expect(result).toMatchObject({
      missing_years: '2018',
      worst_year: 2019,
      severe_weeks: 1,
      avg_dryspell: 2,
    });
  });
});

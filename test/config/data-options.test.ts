/** Options that name data files: absolute once they are submitted, files when they are read. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveDataOptions, withDataOptions } from '../../src/config/data-options.js';

const TASK = { name: 'watershed', dataOptions: { dem: 'dem', years: 'lulc' } };

describe('options that name data files', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-data-options-'));
    for (const name of ['dem.tif', 'lulc_2019.tif', 'lulc_2020.tif'])
      writeFileSync(path.join(folder, name), name);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('become absolute, patterns too, and stay what they were when resolved again', () => {
    const options = { dem: 'dem.tif', years: 'lulc_*.tif', other: 'dem.tif' };
    const resolved = resolveDataOptions(TASK, options, folder);
    expect(resolved).toEqual({
      dem: path.join(folder, 'dem.tif'),
      years: path.join(folder, 'lulc_*.tif'),
      other: 'dem.tif',
    });
    expect(resolveDataOptions(TASK, resolved, '/somewhere/else')).toEqual(resolved);
  });

  it('take the place of a data entry, whose settings stay', () => {
    const entry = {
      name: 'lulc',
      files: ['/old.tif'],
      settings: { classes: { water: [2] } },
      origin: 'data.lulc',
    };
    const data = { lulc: entry, mws: { ...entry, name: 'mws' } };
    const changed = withDataOptions(TASK, { years: path.join(folder, 'lulc_*.tif') }, data);
    expect(changed.lulc).toEqual({
      name: 'lulc',
      files: [path.join(folder, 'lulc_2019.tif'), path.join(folder, 'lulc_2020.tif')],
      settings: { classes: { water: [2] } },
      origin: `option years (${path.join(folder, 'lulc_*.tif')})`,
    });
    expect(changed.mws).toBe(data.mws);
    expect(data.lulc.files).toEqual(['/old.tif']);
  });

  it('leave the data alone when none is given', () => {
    const data = {};
    expect(withDataOptions(TASK, { dem: undefined }, data)).toBe(data);
    expect(resolveDataOptions(TASK, { other: 1 }, folder)).toEqual({ other: 1 });
  });

  it('are refused by name when no file is there', () => {
    expect(() => resolveDataOptions(TASK, { dem: 'dam.tif' }, folder)).toThrow(
      expect.objectContaining({
        code: 'DATA_OPTION_EMPTY',
        message: expect.stringMatching(
          /^Option dem of task watershed names no file: there is none at .*dam\.tif$/,
        ),
      }),
    );
  });
});

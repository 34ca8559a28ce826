import { expect, test } from 'vitest';
import { yearOfFile } from '../../../src/tasks/water/year-of-file.js';

test.each([
  ['pan_india_lulc_v3_2017_2018.tif', '2017-18', 2017],
  ['lulc-2017-18.tif', '2017-18', 2017],
  ['lulc 2017.tif', '2017', 2017],
  ['1999_2000.tif', '1999-00', 1999],
  ['project_2019-07-01_2020-06-30_LULCmap_10m.tif', '2019', 2019],
  ['lulc_20170701.tif', 'lulc_20170701.tif', undefined],
  ['zion_nlcd.tif', 'zion_nlcd.tif', undefined],
  ['a12017_2018.tif', '2018', 2018],
])('%s is of %s', (name, label, start) => {
  expect(yearOfFile(name)).toEqual({ label, start });
});

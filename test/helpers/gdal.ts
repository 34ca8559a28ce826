/** Whether GDAL is here to compare with: its programs, and its Python module for /usr/bin/python3. */
import { existsSync } from 'node:fs';

/** Tests that compare with GDAL are skipped by name where it is missing, but never in CI: `test/services install`. */
export const lacksGdal =
  !process.env.CI &&
  !(existsSync('/usr/bin/gdalwarp') && existsSync('/usr/lib/python3/dist-packages/osgeo/gdal.py'));

import { defineConfig } from 'sluice';

export default defineConfig({
  data: {
    // Land use and land cover (LULC v3), a raster a year; the year is read from the file's name.
    lulc: { files: 'data/lulc/*.tif', classes: { water: [2, 3, 4] } },
    mws: 'data/mws.geojson',
    waterbodies: 'data/waterbodies.geojson',
  },
});

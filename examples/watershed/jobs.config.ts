import { defineConfig } from 'sluice';

export default defineConfig({
  data: {
    dem: 'data/dem.tif',
    // Land use and land cover (LULC v3), a raster a year; the year is read from the file's name.
    lulc: { files: 'data/lulc/*.tif', classes: { water: [2, 3, 4] } },
    mws: 'data/mws.geojson',
    rivers: 'data/rivers.geojson',
    canals: 'data/canals.geojson',
    villages: 'data/villages.geojson',
    aquifers: 'data/aquifers.geojson',
    // A raster a hydrological year (July to June) with a band a day, in tenths of a millimetre.
    precipitation: { files: 'data/rain/*.tif', period: 'day', unit: 'mm', scale: 0.1 },
    // A raster a calendar year with a band a month, in hundredths of a millimetre a day.
    et: { files: 'data/et/*.tif', period: 'month', unit: 'mm/day', scale: 0.01 },
    pet: { files: 'data/pet/*.tif', period: 'month', unit: 'mm/day', scale: 0.01 },
    soil: 'data/soil.tif',
    landcover: 'data/landcover/*.tif',
    // 26 bands a year, each of a fortnight, as hundredths above -1.
    ndvi: { files: 'data/ndvi/*.tif', period: 'fortnight', scale: 0.01, offset: -1 },
    ndwi: { files: 'data/ndwi/*.tif', period: 'fortnight', scale: 0.01, offset: -1 },
  },
  schedules: {
    // Every fortnight, for all watersheds of data.mws. `jobs schedule apply`, then keep a `jobs worker` running.
    'se-variables': {
      task: 'hydrology.se-variables',
      every: '14d',
      start: '2026-07-01T00:00:00+05:30',
      input: { layer: 'mws' },
      options: { startYear: 2017 },
    },
  },
});

/**
 * Makes this example's data: `node examples/watershed/generate.mjs [FOLDER]`, by default beside this file.
 * Nothing in it is real. The same seed gives the same bytes, on any machine and any Node.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeGreenness, makeLandCover, makeSoils } from './generate/cover.mjs';
import { encodeGeotiff } from './generate/geotiff.mjs';
import { COVER, GREEN, HEIGHTS, PIXELS, SKY } from './generate/grid.mjs';
import { makeLand, NODATA } from './generate/land.mjs';
import { aquifersGeojson, canalsGeojson, riversGeojson, villagesGeojson } from './generate/layers.mjs';
import { riverLines } from './generate/rivers.mjs';
import { desiltingCsv, pointsCsv } from './generate/tables.mjs';
import { makeWatersheds, watershedsGeojson } from './generate/watersheds.mjs';
import { makeEvapotranspiration, makeRain } from './generate/weather.mjs';
import { classifyYears, layOut, YEARS } from './generate/years.mjs';

const SEED = 7;
const RIVER_M2 = 6_000_000;

/** Writes the sheets and `data/` into `folder`. */
export function generate(folder) {
  const write = (name, content) => {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  };
  const land = makeLand(SEED);
  const rivers = riverLines(land, RIVER_M2);
  const ground = layOut(land, rivers);
  writeLand(write, land);
  writeYears(write, classifyYears(ground));
  writeWeather(write);
  write('data/mws.geojson', watershedsGeojson(makeWatersheds(land).units));
  write('data/rivers.geojson', riversGeojson(rivers));
  write('data/canals.geojson', canalsGeojson(land));
  write('data/villages.geojson', villagesGeojson(ground.villages));
  write('data/aquifers.geojson', aquifersGeojson(SEED));
  write('points.csv', pointsCsv(land, rivers));
  write('desilting.csv', desiltingCsv(land));
}

function writeLand(write, land) {
  const heights = land.heights.map((metres) => (Number.isNaN(metres) ? NODATA : metres));
  write(
    'data/dem.tif',
    encodeGeotiff(HEIGHTS, [heights], {
      type: 'float32',
      nodata: NODATA,
      description: 'Made-up heights in metres',
    }),
  );
  write(
    'data/soil.tif',
    encodeGeotiff(GREEN, [makeSoils(land)], {
      type: 'uint8',
      nodata: 0,
      description: 'Made-up hydrologic soil groups',
    }),
  );
}

function writeYears(write, labelsByYear) {
  const greenness = makeGreenness(labelsByYear, SEED);
  const cover = makeLandCover(labelsByYear);
  for (const [index, { start }] of YEARS.entries()) {
    const year = `${start}_${start + 1}`;
    const save = (folder, grid, bands, settings) =>
      write(
        `data/${folder}/${folder}_${year}.tif`,
        encodeGeotiff(grid, bands, { type: 'uint8', ...settings }),
      );
    save('lulc', PIXELS, [labelsByYear[index]], {
      nodata: 0,
      description: 'Made-up land use, LULC v3 classes',
    });
    save('landcover', COVER, [cover[index]], {
      nodata: 255,
      description: 'Made-up land cover, Dynamic World classes',
    });
    save('ndvi', GREEN, greenness[index].ndvi, { nodata: 255, description: 'Made-up NDVI by fortnight' });
    save('ndwi', GREEN, greenness[index].ndwi, { nodata: 255, description: 'Made-up NDWI by fortnight' });
  }
}

function writeWeather(write) {
  for (const { start, days } of makeRain(SEED)) {
    write(
      `data/rain/rain_${start}_${start + 1}.tif`,
      encodeGeotiff(SKY, days, { type: 'uint16', description: 'Made-up rain by day, 0.1 mm' }),
    );
  }
  for (const { year, actual, potential } of makeEvapotranspiration(SEED)) {
    const settings = { type: 'uint16', description: 'Made-up, by month, 0.01 mm a day' };
    write(`data/et/et_${year}.tif`, encodeGeotiff(SKY, actual, settings));
    write(`data/pet/pet_${year}.tif`, encodeGeotiff(SKY, potential, settings));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  generate(path.resolve(process.argv[2] ?? path.dirname(fileURLToPath(import.meta.url))));

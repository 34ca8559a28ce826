/**
 * Makes this example's data: `node examples/desilting/generate.mjs [FOLDER]`, by default beside this file.
 * Nothing in it is real. The same seed gives the same bytes, on any machine and any Node.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeCountry } from './generate/country.mjs';
import { encodeGeotiff } from './generate/geotiff.mjs';
import { encodeSheet } from './generate/sheet.mjs';
import { survey } from './generate/survey.mjs';
import { findWaterbodies, waterbodiesGeojson } from './generate/waterbodies.mjs';
import { makeWatersheds, watershedsGeojson } from './generate/watersheds.mjs';
import { classifyYears, countWaterYears, YEARS } from './generate/years.mjs';

const SEED = 20_251_121;

/** Writes the sheet and `data/` into `folder`. */
export async function generate(folder) {
  const country = makeCountry(SEED);
  const rasters = classifyYears(country);
  const waterYears = countWaterYears(rasters);
  const bodies = findWaterbodies(waterYears);
  const watersheds = makeWatersheds(SEED);
  mkdirSync(path.join(folder, 'data', 'lulc'), { recursive: true });
  const write = (name, content) => writeFileSync(path.join(folder, name), content);
  for (const [index, { label }] of YEARS.entries()) {
    write(
      `data/lulc/lulc_${label}.tif`,
      encodeGeotiff(rasters[index], `Made-up land use and land cover, July to June of ${label}`),
    );
  }
  write('data/mws.geojson', watershedsGeojson(watersheds));
  write('data/waterbodies.geojson', waterbodiesGeojson(bodies, rasters, watersheds));
  write('sheet.xlsx', await encodeSheet(survey({ country, waterYears, bodies }), SEED));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await generate(path.resolve(process.argv[2] ?? path.dirname(fileURLToPath(import.meta.url))));
}

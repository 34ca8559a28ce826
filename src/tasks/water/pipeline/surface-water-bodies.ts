/** Step `waterbodies`: polygons of surface water with all that is known of them (core-stack 1.8.1, swb1 to swb3). */
import { polygonToGeoJson } from '../../../geo/geojson.js';
import { toLonLatPolygon } from '../../../geo/pixel-polygon.js';
import type { RowComponent } from '../../../geo/row-components.js';
import { traceRuns } from '../../../geo/trace-runs.js';
import { tileCache } from '../../../raster/tile-cache.js';
import type { Feature } from '../feature-collection.js';
import { waterClasses } from '../water-classes.js';
import { findWaterBodies } from './find-water-bodies.js';
import { type Highest, openHighest } from './highest-around.js';
import { writeFeatures } from './layer-file.js';
import { openLulcSeries } from './lulc-series.js';
import { NothingToDo, type StepContext, type StepResult } from './step.js';
import { CATCHMENT_AREA, STREAM_ORDER, WATER_BODIES } from './step-files.js';
import { stepWatersheds } from './step-watersheds.js';
import { type PropertyRules, shortYear, waterBodyProperties } from './water-body-properties.js';
import { type WaterTotals, waterArea, waterBodySections } from './water-body-sections.js';
import type { ClassScheme, WaterCensus } from './water-census.js';
import { readNearby, type Surroundings, surroundings } from './water-surroundings.js';
import { zoneRows } from './zone-rows.js';

/** Bands are read once; only their tiles need to stay. */
const TILE_BYTES = 16 * 1024 * 1024;

export async function writeSurfaceWaterBodies(ctx: StepContext): Promise<StepResult> {
  const watersheds = await stepWatersheds(ctx);
  const series = await openLulcSeries(ctx.data.lulc!, tileCache(TILE_BYTES));
  const highest = await openHighest(ctx);
  try {
    const zone = zoneRows(
      series.rasters[0]!.grid,
      watersheds.map(({ polygon }) => polygon),
    );
    if (zone === null) throw new NothingToDo('the micro-watersheds lie outside the land-use rasters');
    const unionYears = series.years.length - (ctx.options.swbUnionIncludesLastYear ? 0 : 1);
    const scheme = schemeOf(waterClasses(ctx.data.lulc!).water);
    const rules = { years: series.years.map(shortYear), scheme, countAreas: ctx.options.swbCountAreas };
    const totals = waterArea(series.years);
    const bodies = findWaterBodies({ rasters: series.rasters, unionYears, scheme }, zone, ctx.signal);
    const around = surroundings(await readNearby(ctx, watersheds));
    const output = await writeFeatures(ctx.folder, {
      name: WATER_BODIES,
      title: 'Surface water bodies',
      features: features(bodies, { rules, around, highest, totals, grid: series.rasters[0]!.grid }),
    });
    if (totals.bodies === 0) throw new NothingToDo('no pixel of the micro-watersheds was water in any year');
    return { outputs: [output], sections: waterBodySections(totals), notes: notesOf(ctx, scheme) };
  } finally {
    await highest.close();
    await series.close();
  }
}

interface Making {
  rules: PropertyRules;
  around: Surroundings;
  highest: Highest;
  totals: WaterTotals;
  grid: Parameters<typeof toLonLatPolygon>[1];
}

async function* features(
  bodies: AsyncIterable<RowComponent<WaterCensus>>,
  { rules, around, highest, totals, grid }: Making,
): AsyncGenerator<Feature> {
  let index = 0;
  for await (const { runs, facts } of bodies) {
    const polygon = toLonLatPolygon(traceRuns(runs), grid);
    const mwsUid = around.watersheds(polygon);
    totals.add(facts);
    yield {
      type: 'Feature',
      properties: {
        ...waterBodyProperties(facts, rules),
        MWS_UID: mwsUid,
        UID: `${mwsUid}_${index++}`,
        ...(await highest.of(polygon, facts.areaM2)),
        ...around.properties(polygon),
      },
      geometry: polygonToGeoJson(polygon),
    };
  }
}

/** The water of LULC v3 is its classes 2 to 4; another choice of classes is of another scheme. */
function schemeOf(water: readonly number[]): ClassScheme {
  return { water, isLulcV3: [...water].sort().join() === '2,3,4' };
}

function notesOf({ data, from }: StepContext, { water, isLulcV3 }: ClassScheme): string[] {
  const notes: string[] = [];
  if (!isLulcV3)
    notes.push(
      `Water is class ${water.join(', ')}, which is not LULC v3: seasons and shares of classes are left out.`,
    );
  if (from('stream-order', STREAM_ORDER) === undefined)
    notes.push('Stream orders are not known (max_stream_order).');
  if (from('catchment-area', CATCHMENT_AREA) === undefined)
    notes.push('Catchment areas are not known (max_catchment_area).');
  if (data.rivers === undefined && data.canals === undefined)
    notes.push(
      'There are neither rivers nor canals to tell the type of a water body by (data.rivers, data.canals).',
    );
  return notes;
}

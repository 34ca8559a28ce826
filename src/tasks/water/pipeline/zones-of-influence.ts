/**
 * Step `zoi`: a disc around each matched water body, as far as its influence reaches, with the crops and the vegetation
 * on it (core-stack 1.8.5). A body that several points were matched to has one zone.
 */
import { geodesicDisc, polygonCentroid } from '../../../geo/disc.js';
import { polygonToGeoJson } from '../../../geo/geojson.js';
import type { Polygon } from '../../../geo/polygon.js';
import { croppingOfRasters } from '../cropping/cropping-areas.js';
import { croppingProperties, croppingYears } from '../cropping/cropping-intensity-properties.js';
import type { Feature } from '../feature-collection.js';
import { type YearlyLulc, yearlyLulc } from '../kept-lulc.js';
import { type PolygonFeature, readPolygonLayer } from '../polygon-layer.js';
import { identityOf } from '../prepared.js';
import { ndviSeries } from '../series/ndvi-series.js';
import { readFeatures, writeFeatures } from './layer-file.js';
import { NothingToDo, type StepContext, type StepResult } from './step.js';
import { MATCHED_BODIES, ZONES } from './step-files.js';
import { stepYears } from './step-years.js';
import { zoneAreaHa, zoneRadiusM } from './zone-radius.js';
import { type LargestZones, largestZones, zoneSection } from './zone-section.js';

/** What stands for a date on which nothing was measured. */
const NO_NDVI = -9999;

export async function writeZonesOfInfluence(ctx: StepContext): Promise<StepResult> {
  const lulc = await yearlyLulc(ctx.data.lulc, await identityOf(ctx.data.lulc?.files ?? []));
  const drawn = largestZones();
  const layer = {
    name: ZONES,
    title: 'Zones of influence of the matched water bodies',
    features: zones(ctx, lulc, drawn),
  };
  const output = await writeFeatures(ctx.folder, layer);
  return {
    outputs: [output],
    sections: [zoneSection(drawn.largest(), lulc?.years ?? [])],
    notes: ctx.data.ndvi === undefined ? ['There is no vegetation index (data.ndvi).'] : [],
  };
}

async function* zones(
  ctx: StepContext,
  lulc: YearlyLulc | null,
  drawn: LargestZones,
): AsyncGenerator<Feature> {
  for (const { id, properties, polygon } of await matchedBodies(ctx)) {
    ctx.signal.throwIfAborted();
    const radiusM = zoneRadiusM(properties.area_ored as number);
    const disc = geodesicDisc(polygonCentroid(polygon), radiusM);
    const zone: Feature = {
      type: 'Feature',
      properties: {
        zoi: radiusM,
        UID: id,
        zoi_area: zoneAreaHa(radiusM),
        ...(await croppingOf(lulc, disc)),
        ...(await ndviOf(ctx, id, disc)),
      },
      geometry: polygonToGeoJson(disc),
    };
    drawn.add(zone, (properties.name as string | null) ?? id);
    yield zone;
  }
}

async function matchedBodies(ctx: StepContext): Promise<PolygonFeature[]> {
  const file = ctx.from('match', MATCHED_BODIES)!;
  if ((await readFeatures(file)).length === 0) throw new NothingToDo('no point has a water body');
  return (await readPolygonLayer([file])).features;
}

/** Nothing where the disc lies outside the rasters. */
async function croppingOf(lulc: YearlyLulc | null, disc: Polygon): Promise<Record<string, number>> {
  const cropping = lulc === null ? null : await croppingOfRasters(lulc, disc, { rule: 'centre' });
  if (cropping === null) return {};
  return croppingProperties(croppingYears(cropping.areas, cropping.croppableHa), cropping);
}

/** `NDVI_<year>`: a JSON object of means by date. */
async function ndviOf({ data }: StepContext, uid: string, polygon: Polygon): Promise<Record<string, string>> {
  if (data.ndvi === undefined) return {};
  const series = await ndviSeries(
    data.ndvi,
    { uid, polygon },
    stepYears(data.lulc),
    await identityOf(data.ndvi.files),
  );
  const filled = Object.entries(series).map(([year, byDate]) => [
    year,
    JSON.stringify(Object.fromEntries(Object.entries(byDate).map(([date, mean]) => [date, mean ?? NO_NDVI]))),
  ]);
  return Object.fromEntries(filled) as Record<string, string>;
}

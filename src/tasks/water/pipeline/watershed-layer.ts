/** Step `mws-layer`: rain by season and the drought of each micro-watershed (core-stack 1.8.4). */
import type { ReportSection } from '../../../core/report-section.js';
import type { Feature } from '../feature-collection.js';
import { seasonalPrecipitation } from '../series/precipitation.js';
import { SEASONS } from '../series/seasons.js';
import { readFeatures, writeFeatures } from './layer-file.js';
import type { StepContext, StepResult } from './step.js';
import { DROUGHT, PRECIPITATION } from './step-files.js';
import { type StepYears, stepYears } from './step-years.js';

const MWS_LAYER = 'waterbodies-mws.geojson';
const A_DAY = /^\d{4}-\d{2}-\d{2}$/;

export async function writeWatershedLayer(ctx: StepContext): Promise<StepResult> {
  const rain = await readFeatures(ctx.from('precipitation', PRECIPITATION)!);
  const drought = ctx.from('drought', DROUGHT);
  const droughtByUid = byUid(drought === undefined ? [] : await readFeatures(drought));
  const years = stepYears(ctx.data.lulc);
  const features = rain.map(({ properties, geometry }): Feature => {
    const uid = uidOf(properties);
    return {
      type: 'Feature',
      properties: {
        uid,
        ...seasons(properties, years),
        ...prefixed(droughtByUid.get(uid)?.properties ?? {}),
      },
      geometry,
    };
  });
  const layer = { name: MWS_LAYER, title: 'Seasonal rain and drought of the micro-watersheds', features };
  return {
    outputs: [await writeFeatures(ctx.folder, layer)],
    sections: [section(features, years)],
    notes: drought === undefined ? ['Drought is not known: its step left nothing.'] : [],
  };
}

/** `precipitation_<kharif|rabi|zaid>_<YYYY-YYYY>` of the agricultural years asked for. */
function seasons(
  properties: Feature['properties'],
  { first, last }: StepYears,
): Record<string, number | null> {
  const fortnights = Object.entries(properties).filter(([name]) => A_DAY.test(name));
  const sums = seasonalPrecipitation(Object.fromEntries(fortnights) as Record<string, number | null>);
  return Object.fromEntries(
    Object.entries(sums).filter(([name]) => {
      const year = Number(/_(\d{4})-\d{4}$/.exec(name)?.[1]);
      return year >= first && year <= last;
    }),
  );
}

function prefixed(properties: Feature['properties']): Feature['properties'] {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [`drought_${name}`, value]));
}

/** The first of each uid. */
function byUid(features: readonly Feature[]): Map<string, Feature> {
  const found = new Map<string, Feature>();
  for (const feature of features) {
    const uid = uidOf(feature.properties);
    if (!found.has(uid)) found.set(uid, feature);
  }
  return found;
}

function uidOf({ uid, UID }: Feature['properties']): string {
  return String(uid ?? UID ?? '');
}

const SEASON_COLORS = { kharif: '#2171b5', rabi: '#74a9cf', zaid: '#fdae6b' } as const;

function section(features: readonly Feature[], { first, last }: StepYears): ReportSection {
  const years = Array.from({ length: last - first + 1 }, (_, i) => `${first + i}-${first + i + 1}`);
  const latest = `precipitation_kharif_${years.at(-1)}`;
  return {
    id: 'mws-layer',
    title: 'Rain of the micro-watersheds by season',
    items: [
      {
        kind: 'map',
        title: `Rain in kharif ${years.at(-1)}`,
        layers: [
          {
            kind: 'features',
            title: 'Micro-watersheds',
            artifact: MWS_LAYER,
            tell: ['uid', latest],
            paint: { by: 'ramp', property: latest, ramp: 'rain', unit: 'mm', fill: 0.8 },
          },
        ],
      },
      {
        kind: 'chart',
        chart: 'stacked-bar',
        title: 'Rain by season, mean of the micro-watersheds',
        unit: 'mm',
        x: years,
        series: SEASONS.map((season) => ({
          name: season,
          values: years.map((year) => meanOf(features, `precipitation_${season}_${year}`)),
          color: SEASON_COLORS[season],
        })),
      },
    ],
  };
}

function meanOf(features: readonly Feature[], property: string): number | null {
  const values = features
    .map(({ properties }) => properties[property])
    .filter((value) => typeof value === 'number');
  if (values.length === 0) return null;
  return Math.round(values.reduce((sum, value) => sum + value, 0) / values.length);
}

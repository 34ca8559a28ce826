/** Step `drought`: weekly drought of each micro-watershed, year by year (core-stack 1.8, step 8, and 3.9). */
import type { ReportSection } from '../../../core/report-section.js';
import { polygonToGeoJson } from '../../../geo/geojson.js';
import { droughtOf } from '../drought/drought-of.js';
import { droughtProperties } from '../drought/drought-properties.js';
import type { Feature } from '../feature-collection.js';
import { identityOf } from '../prepared.js';
import { writeFeatures } from './layer-file.js';
import { NothingToDo, type StepContext, type StepResult } from './step.js';
import { DROUGHT } from './step-files.js';
import { stepWatersheds } from './step-watersheds.js';

const READ = ['precipitation', 'lulc', 'ndvi', 'ndwi', 'et', 'pet'];

export async function writeDroughtLayer(ctx: StepContext): Promise<StepResult> {
  const sources = Object.fromEntries(READ.map((name) => [name, ctx.data[name]]));
  const identity = await identityOf(READ.flatMap((name) => ctx.data[name]?.files ?? []));
  const notes = new Set<string>();
  const features: Feature[] = [];
  for (const watershed of await stepWatersheds(ctx)) {
    ctx.signal.throwIfAborted();
    const { uid, properties, polygon } = watershed;
    const drought = await droughtOf(sources, watershed, { options: ctx.options, identity });
    for (const note of drought.notes) notes.add(note);
    features.push({
      type: 'Feature',
      properties: {
        uid,
        ...(properties.area_in_ha === undefined ? {} : { area_in_ha: properties.area_in_ha }),
        ...droughtProperties(drought.years),
      },
      geometry: polygonToGeoJson(polygon),
    });
  }
  const years = yearsOf(features);
  if (years.length === 0) throw new NothingToDo('no year has the rain that drought is told by');
  return {
    outputs: [
      await writeFeatures(ctx.folder, { name: DROUGHT, title: 'Drought by week and year', features }),
    ],
    sections: [section(features, years)],
    notes: notes.size === 0 ? [] : [`Drought: ${[...notes].join(', ')}.`],
  };
}

function yearsOf(features: readonly Feature[]): string[] {
  const names = features.flatMap(({ properties }) => Object.keys(properties));
  return [...new Set(names.flatMap((name) => /^drlb_(\d{4})$/.exec(name)?.[1] ?? []))].sort();
}

const SEVERITIES = [
  ['w_no_', 'none', '#d9d9d9'],
  ['w_mld_', 'mild', '#fed976'],
  ['w_mod_', 'moderate', '#fd8d3c'],
  ['w_sev_', 'severe', '#bd0026'],
] as const;

function section(features: readonly Feature[], years: readonly string[]): ReportSection {
  const last = years.at(-1)!;
  const mean = (name: string) => {
    const values = features
      .map(({ properties }) => properties[name])
      .filter((value) => typeof value === 'number');
    if (values.length === 0) return null;
    return Math.round((values.reduce((sum, value) => sum + value, 0) / values.length) * 10) / 10;
  };
  return {
    id: 'drought',
    title: 'Drought',
    items: [
      {
        kind: 'map',
        title: `Weeks of at least mild drought, ${last}`,
        layers: [
          {
            kind: 'features',
            title: 'Micro-watersheds',
            artifact: DROUGHT,
            tell: ['uid', `frth1_${last}`, `frth2_${last}`, `drysp_${last}`],
            paint: { by: 'ramp', property: `frth1_${last}`, ramp: 'dry', unit: 'weeks', min: 0, fill: 0.8 },
          },
        ],
      },
      {
        kind: 'chart',
        chart: 'stacked-bar',
        title: 'Weeks of the monsoon by drought, mean of the micro-watersheds',
        unit: 'weeks',
        x: [...years],
        series: SEVERITIES.map(([name, label, color]) => ({
          name: label,
          values: years.map((year) => mean(`${name}${year}`)),
          color,
        })),
      },
    ],
  };
}

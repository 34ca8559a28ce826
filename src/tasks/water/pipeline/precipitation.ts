/** Step `precipitation`: rain of every fortnight on each micro-watershed (core-stack 1.8, step 7, and 3.2). */
import type { ReportSection } from '../../../core/report-section.js';
import { polygonToGeoJson } from '../../../geo/geojson.js';
import type { Feature } from '../feature-collection.js';
import { identityOf } from '../prepared.js';
import { precipitationByWindow } from '../series/precipitation.js';
import { fortnightWindows, hydrologicalPeriod } from '../series/windows.js';
import { writeFeatures } from './layer-file.js';
import type { StepContext, StepResult } from './step.js';
import { PRECIPITATION } from './step-files.js';
import { stepWatersheds } from './step-watersheds.js';
import { stepYears } from './step-years.js';

export async function writePrecipitation(ctx: StepContext): Promise<StepResult> {
  const source = ctx.data.precipitation!;
  const identity = await identityOf(source.files);
  const { first, last } = stepYears(ctx.data.lulc);
  const { start, end } = hydrologicalPeriod(first, last);
  const windows = fortnightWindows(start, end);
  const features: Feature[] = [];
  for (const watershed of await stepWatersheds(ctx)) {
    ctx.signal.throwIfAborted();
    const { properties, polygon } = watershed;
    const fortnights = await precipitationByWindow(source, watershed, windows, identity);
    features.push({
      type: 'Feature',
      properties: { ...properties, ...fortnights },
      geometry: polygonToGeoJson(polygon),
    });
  }
  const days = windows.map(({ key }) => key);
  const missing = days.filter((day) => features.every(({ properties }) => properties[day] === null));
  const layer = { name: PRECIPITATION, title: 'Rain of every fortnight, millimetres', features };
  return {
    outputs: [await writeFeatures(ctx.folder, layer)],
    sections: [section(features, days)],
    notes: missing.length === 0 ? [] : [`${missing.length} of ${days.length} fortnights have no rain data.`],
  };
}

function section(features: readonly Feature[], days: readonly string[]): ReportSection {
  return {
    id: 'precipitation',
    title: 'Rain',
    items: [
      {
        kind: 'chart',
        chart: 'bar',
        title: 'Rain of every fortnight, mean of the micro-watersheds',
        unit: 'mm',
        x: [...days],
        series: [{ name: 'rain', values: days.map((day) => meanOf(features, day)), color: '#2171b5' }],
      },
    ],
  };
}

/** Of the watersheds that have a value. */
function meanOf(features: readonly Feature[], property: string): number | null {
  const values = features
    .map(({ properties }) => properties[property])
    .filter((value) => typeof value === 'number');
  if (values.length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.round(mean * 10) / 10;
}

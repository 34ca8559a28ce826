/** The cropping layer of a finished batch, and its section of the report. */
import type { LedgerRow } from '../../../core/row.js';
import type { FinishContext } from '../../../core/task.js';
import type { LulcOptions } from '../mws/lulc-options.js';
import { type ChartValue, meanChart } from '../mws/mean-chart.js';
import { withResults, writeLayer } from '../mws/mws-layer.js';
import type { PreparedData } from '../mws/prepare-data.js';
import type { CroppingResult } from './cropping-of.js';

const LAYER = 'cropping_intensity';
const AREAS = [
  { name: 'Single crop', prefix: 'single_cropped_area_', color: '#c9d99a' },
  { name: 'Double crop', prefix: 'doubly_cropped_area_', color: '#7cab5a' },
  { name: 'Triple crop', prefix: 'triply_cropped_area_', color: '#2f6b3a' },
];

/** Writes the layer anew from all rows; property names are the original's. */
export async function writeCropping(
  ctx: FinishContext<LulcOptions, PreparedData>,
  rows: AsyncIterable<LedgerRow>,
): Promise<void> {
  await withResults<CroppingResult>(rows, async (results) => {
    await writeLayer(ctx, results, {
      name: LAYER,
      title: 'Cropping intensity of the watersheds',
      properties: ({ result }) => result.properties,
    });
    let lastYear = Number.NEGATIVE_INFINITY;
    for await (const { result } of results.read())
      lastYear = Math.max(lastYear, result.last_year ?? lastYear);
    if (!Number.isFinite(lastYear)) return;
    const intensities = await meanChart(results.read(), [{ name: 'Cropping intensity' }], ({ result }) =>
      yearly(result, [{ name: 'Cropping intensity', prefix: 'cropping_intensity_' }]),
    );
    const areas = await meanChart(
      results.read(),
      AREAS.map(({ name, color }) => ({ name, color })),
      ({ result }) => yearly(result, AREAS),
    );
    const latest = `cropping_intensity_${lastYear}`;
    await ctx.report({
      id: 'cropping-intensity',
      title: 'Cropping intensity',
      text: 'Crops a year on the land that was cropped in any of the years: 1 is one crop everywhere, 3 the most.',
      items: [
        {
          kind: 'map',
          title: `Cropping intensity, ${lastYear}-${String(lastYear + 1).slice(2)}`,
          layers: [
            {
              kind: 'features',
              title: 'Cropping intensity',
              artifact: `${LAYER}.geojson`,
              paint: { by: 'ramp', property: latest, ramp: 'vegetation', fill: 0.7 },
              tell: ['uid', latest, ...AREAS.map(({ prefix }) => `${prefix}${lastYear}`)],
            },
          ],
        },
        {
          kind: 'chart',
          chart: 'line',
          title: 'Cropping intensity by year, mean of the watersheds',
          ...intensities,
        },
        {
          kind: 'chart',
          chart: 'stacked-bar',
          title: 'Cropped area by year, mean of the watersheds',
          unit: 'ha',
          ...areas,
        },
      ],
    });
  });
}

function* yearly(
  { first_year: first, last_year: last, properties }: CroppingResult,
  series: readonly { name: string; prefix: string }[],
): Generator<ChartValue> {
  for (let year = first ?? 1; year <= (last ?? 0); year++) {
    for (const { name, prefix } of series)
      yield { x: year, series: name, value: properties[`${prefix}${year}`] ?? null };
  }
}

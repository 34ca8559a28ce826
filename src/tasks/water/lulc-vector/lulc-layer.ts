/** The land-use layer of a finished batch, and its section of the report. */
import type { LedgerRow } from '../../../core/row.js';
import type { FinishContext } from '../../../core/task.js';
import type { LulcOptions } from '../mws/lulc-options.js';
import { type ChartValue, meanChart } from '../mws/mean-chart.js';
import { withResults, writeLayer } from '../mws/mws-layer.js';
import type { PreparedData } from '../mws/prepare-data.js';
import type { LulcResult } from './lulc-of.js';

const LAYER = 'lulc_vector';
const GROUPS = [
  { name: 'Built-up', color: '#a83e3e', prefixes: ['built-up_area_'] },
  { name: 'Water', color: '#3f88c5', prefixes: ['k_water_area_', 'kr_water_area_', 'krz_water_area_'] },
  {
    name: 'Single crop',
    color: '#d9d58a',
    prefixes: ['cropland_area_', 'single_kharif_cropped_area_', 'single_non_kharif_cropped_area_'],
  },
  {
    name: 'Two or three crops',
    color: '#8fb04e',
    prefixes: ['doubly_cropped_area_', 'triply_cropped_area_'],
  },
  { name: 'Trees', color: '#2f6b3a', prefixes: ['tree_forest_area_'] },
  { name: 'Shrubs', color: '#a6a06b', prefixes: ['shrub_scrub_area_'] },
  { name: 'Barren', color: '#cdbfae', prefixes: ['barrenlands_area_'] },
];

/** Writes the layer anew from all rows; property names are the original's. */
export async function writeLulc(
  ctx: FinishContext<LulcOptions, PreparedData>,
  rows: AsyncIterable<LedgerRow>,
): Promise<void> {
  await withResults<LulcResult>(rows, async (results) => {
    await writeLayer(ctx, results, {
      name: LAYER,
      title: 'Land use of the watersheds',
      properties: ({ result }) => result.properties,
    });
    const areas = await meanChart(
      results.read(),
      GROUPS.map(({ name, color }) => ({ name, color })),
      ({ result }) => yearly(result),
    );
    const last = areas.x.at(-1);
    if (last === undefined) return;
    const cropped = `single_kharif_cropped_area_${last}`;
    await ctx.report({
      id: 'lulc-vector',
      title: 'Land use',
      items: [
        {
          kind: 'map',
          title: `Single kharif crop, ${last}`,
          layers: [
            {
              kind: 'features',
              title: 'Single kharif crop',
              artifact: `${LAYER}.geojson`,
              paint: { by: 'ramp', property: cropped, ramp: 'vegetation', unit: 'ha', fill: 0.7 },
              tell: [
                'uid',
                cropped,
                `tree_forest_area_${last}`,
                `built-up_area_${last}`,
                `krz_water_area_${last}`,
              ],
            },
          ],
        },
        {
          kind: 'chart',
          chart: 'stacked-bar',
          title: 'Land use by year, mean of the watersheds',
          unit: 'ha',
          ...areas,
        },
      ],
    });
  });
}

function* yearly({ first_year: first, last_year: last, properties }: LulcResult): Generator<ChartValue> {
  for (let year = first ?? 1; year <= (last ?? 0); year++) {
    if (!(`built-up_area_${year}` in properties)) continue;
    for (const { name, prefixes } of GROUPS) {
      const value = prefixes.reduce((sum, prefix) => sum + (properties[`${prefix}${year}`] ?? 0), 0);
      yield { x: year, series: name, value };
    }
  }
}

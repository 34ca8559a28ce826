/** The drought layer of a finished batch, and its section of the report. */
import type { z } from 'zod';
import type { LedgerRow } from '../../../core/row.js';
import type { FinishContext } from '../../../core/task.js';
import { type ChartValue, meanChart } from '../mws/mean-chart.js';
import { withResults, writeLayer } from '../mws/mws-layer.js';
import type { PreparedData } from '../mws/prepare-data.js';
import type { droughtOptions } from './drought-options.js';
import type { DroughtResult } from './drought-result.js';

const LAYER = 'drought';
const WEEKS = [
  { name: 'No drought', prefix: 'w_no_', color: '#9ec5ab' },
  { name: 'Mild', prefix: 'w_mld_', color: '#f2d58b' },
  { name: 'Moderate', prefix: 'w_mod_', color: '#e08e45' },
  { name: 'Severe', prefix: 'w_sev_', color: '#b23a48' },
];
const SPELL = [{ name: 'Longest dry spell', prefix: 'drysp_' }];

/** Writes the layer anew from all rows; property names are the original's. */
export async function writeDrought(
  ctx: FinishContext<z.output<typeof droughtOptions>, PreparedData>,
  rows: AsyncIterable<LedgerRow>,
): Promise<void> {
  await withResults<DroughtResult>(rows, async (results) => {
    await writeLayer(ctx, results, {
      name: LAYER,
      title: 'Drought of the watersheds',
      properties: ({ result }) => result.properties,
    });
    const weeks = await meanChart(
      results.read(),
      WEEKS.map(({ name, color }) => ({ name, color })),
      ({ result }) => yearly(result, WEEKS),
    );
    const spells = await meanChart(results.read(), [{ name: 'Longest dry spell' }], ({ result }) =>
      yearly(result, SPELL),
    );
    const worst = worstYear(weeks);
    if (worst === null) return;
    const dryWeeks = `frth1_${worst}`;
    await ctx.report({
      id: 'drought',
      title: 'Drought',
      text: 'Weeks of the monsoon by the worst that they and the three weeks before them were.',
      items: [
        {
          kind: 'map',
          title: `Weeks with drought in ${worst}, the driest year`,
          layers: [
            {
              kind: 'features',
              title: 'Weeks with drought',
              artifact: `${LAYER}.geojson`,
              paint: { by: 'ramp', property: dryWeeks, ramp: 'dry', unit: 'weeks', fill: 0.7 },
              tell: ['uid', dryWeeks, `w_mod_${worst}`, `w_sev_${worst}`, `drysp_${worst}`, `m_ons_${worst}`],
            },
          ],
        },
        {
          kind: 'chart',
          chart: 'stacked-bar',
          title: 'Weeks by drought, mean of the watersheds',
          unit: 'weeks',
          ...weeks,
        },
        {
          kind: 'chart',
          chart: 'bar',
          title: 'Longest dry spell, mean of the watersheds',
          unit: 'weeks',
          ...spells,
        },
      ],
    });
  });
}

function* yearly(
  { first_year: first, last_year: last, properties }: DroughtResult,
  series: readonly { name: string; prefix: string }[],
): Generator<ChartValue> {
  for (let year = first ?? 1; year <= (last ?? 0); year++) {
    if (!(`drlb_${year}` in properties)) continue;
    for (const { name, prefix } of series) {
      yield { x: year, series: name, value: (properties[`${prefix}${year}`] ?? null) as number | null };
    }
  }
}

/** Of the mean weeks: with the most that are not without drought, weighted by severity. */
function worstYear({ x, series }: Awaited<ReturnType<typeof meanChart>>): string | number | null {
  const scores = x.map((_, i) =>
    series.reduce((sum, { values }, severity) => sum + severity * (values[i] ?? 0), 0),
  );
  return x[scores.indexOf(Math.max(...scores))] ?? null;
}

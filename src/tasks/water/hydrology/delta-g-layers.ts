/** The water-balance layers of a finished batch, and their section of the report. */
import type { LedgerRow } from '../../../core/row.js';
import type { FinishContext } from '../../../core/task.js';
import { meanChart } from '../mws/mean-chart.js';
import { withResults, writeLayer } from '../mws/mws-layer.js';
import { annualProperties, type BalanceWindow, fortnightProperties } from './balance-properties.js';
import { fluxChart, windowLabel } from './flux-charts.js';
import type { HydrologyOptions } from './hydrology-options.js';
import type { PreparedHydrology } from './prepare-hydrology.js';
import type { DeltaGResult } from './run-delta-g.js';

const SUMMARY = 'water_balance_summary';
const COLUMNS = [
  'last_year',
  'precipitation_mm',
  'runoff_mm',
  'et_mm',
  'delta_g_mm',
  'g_mm',
  'well_depth_m',
  'net_m',
  'specific_yield',
] as const;
const STEPS = ['annual', 'fortnight'] as const;

/** Writes the layers anew from all rows; names and properties are the original's. */
export async function writeDeltaG(
  ctx: FinishContext<HydrologyOptions, PreparedHydrology>,
  rows: AsyncIterable<LedgerRow>,
): Promise<void> {
  await withResults<DeltaGResult>(rows, async (results) => {
    const has = { annual: false, fortnight: false };
    for await (const { result } of results.read()) {
      for (const step of STEPS) has[step] ||= result[step].length > 0;
    }
    if (has.annual) {
      await writeLayer(ctx, results, {
        name: 'deltaG_well_depth',
        title: 'Water balance, well depth and net value by hydrological year',
        properties: ({ result }) => annualProperties(result.annual, result.specific_yield),
      });
    }
    if (has.fortnight) {
      await writeLayer(ctx, results, {
        name: 'deltaG_fortnight',
        title: 'Water balance by fortnight',
        properties: ({ result }) => fortnightProperties(result.fortnight),
      });
    }
    const step = has.annual ? 'annual' : 'fortnight';
    if (!has[step]) return;
    await writeLayer(ctx, results, {
      name: SUMMARY,
      title: 'Water balance of the last window',
      properties: ({ result }) => Object.fromEntries(COLUMNS.map((column) => [column, result[column]])),
    });
    const fluxes = await fluxChart(results.read(), ({ result }) => byKey(result[step]), {
      chart: step === 'annual' ? 'bar' : 'line',
      title: 'Rain, runoff and evaporation, mean of the watersheds',
    });
    const balance = await meanChart(results.read(), [{ name: 'ΔG' }], ({ result }) =>
      result[step].map(({ key, deltaG }) => ({ x: windowLabel(key), series: 'ΔG', value: deltaG })),
    );
    const cumulative = await meanChart(results.read(), [{ name: 'G' }], ({ result }) =>
      result[step].map(({ key, g }) => ({ x: windowLabel(key), series: 'G', value: g })),
    );
    await ctx.report({
      id: 'water-balance',
      title: 'Water balance',
      text: 'ΔG is rain less runoff and evaporation; G is its sum since the first window. What was not measured is left out.',
      items: [
        {
          kind: 'map',
          title: 'Cumulative balance G',
          layers: [
            {
              kind: 'features',
              title: 'G',
              artifact: `${SUMMARY}.geojson`,
              paint: { by: 'ramp', property: 'g_mm', ramp: 'water', unit: 'mm', fill: 0.7 },
              tell: ['uid', 'g_mm', 'delta_g_mm', 'precipitation_mm', 'runoff_mm', 'et_mm', 'well_depth_m'],
            },
          ],
        },
        fluxes,
        { kind: 'chart', chart: 'bar', title: 'ΔG, mean of the watersheds', unit: 'mm', ...balance },
        {
          kind: 'chart',
          chart: 'line',
          title: 'Cumulative balance G, mean of the watersheds',
          unit: 'mm',
          ...cumulative,
        },
      ],
    });
  });
}

function byKey(windows: readonly BalanceWindow[]) {
  return windows.map((window) => [window.key, window] as const);
}

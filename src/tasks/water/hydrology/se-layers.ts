/** The layers of precipitation, runoff and evapotranspiration of a finished batch, and their section of the report. */
import type { LedgerRow } from '../../../core/row.js';
import type { FinishContext } from '../../../core/task.js';
import { withResults, writeLayer } from '../mws/mws-layer.js';
import { fluxChart } from './flux-charts.js';
import type { HydrologyOptions } from './hydrology-options.js';
import type { PreparedHydrology } from './prepare-hydrology.js';
import type { SeResult } from './run-se-variables.js';
import { seProperties } from './se-properties.js';

const SUMMARY = 'se_variables_summary';
const COLUMNS = ['precipitation_mm', 'runoff_mm', 'et_mm', 'last_year', 'last_fortnight'] as const;

/** Writes the layers anew from all rows. */
export async function writeSeVariables(
  ctx: FinishContext<HydrologyOptions, PreparedHydrology>,
  rows: AsyncIterable<LedgerRow>,
): Promise<void> {
  const { step } = ctx.options;
  await withResults<SeResult>(rows, async (results) => {
    for (const name of ['fortnight', 'annual'] as const) {
      if (step !== 'both' && step !== name) continue;
      await writeLayer(ctx, results, {
        name: `se_variables_${name}`,
        title: `Precipitation, runoff and evapotranspiration, ${name}`,
        properties: ({ result }) => seProperties(result[name]),
      });
    }
    await writeLayer(ctx, results, {
      name: SUMMARY,
      title: 'Precipitation, runoff and evapotranspiration of the last windows',
      properties: ({ result }) => Object.fromEntries(COLUMNS.map((column) => [column, result[column]])),
    });
    const years = await fluxChart(results.read(), ({ result }) => Object.entries(result.annual), {
      chart: 'bar',
      title: 'Hydrological years, mean of the watersheds',
    });
    const fortnights = await fluxChart(results.read(), ({ result }) => Object.entries(result.fortnight), {
      chart: 'line',
      title: 'Fortnights, mean of the watersheds',
    });
    const charts = [years, fortnights].filter(({ x }) => x.length > 0);
    if (charts.length === 0) return;
    await ctx.report({
      id: 'se-variables',
      title: 'Rain, runoff and evaporation',
      items: [
        ...(years.x.length === 0
          ? []
          : [
              {
                kind: 'map' as const,
                title: `Runoff of the hydrological year ${years.x.at(-1)}`,
                layers: [
                  {
                    kind: 'features' as const,
                    title: 'Runoff',
                    artifact: `${SUMMARY}.geojson`,
                    paint: {
                      by: 'ramp' as const,
                      property: 'runoff_mm',
                      ramp: 'water' as const,
                      unit: 'mm',
                      fill: 0.7,
                    },
                    tell: ['uid', 'precipitation_mm', 'runoff_mm', 'et_mm'],
                  },
                ],
              },
            ]),
        ...charts,
      ],
    });
  });
}

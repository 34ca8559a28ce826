/** The terrain layer of a finished batch, and its section of the report. */
import type { LedgerRow } from '../../../core/row.js';
import type { FinishContext } from '../../../core/task.js';
import { withResults, writeLayer } from '../mws/mws-layer.js';
import type { PreparedData } from '../mws/prepare-data.js';
import type { TerrainResult } from './terrain-of.js';
import type { TerrainOptions } from './terrain-options.js';

const CLUSTERS = [
  { value: 0, label: 'Broad Sloppy and Hilly', color: '#b07d4f' },
  { value: 1, label: 'Mostly Plains', color: '#a8c686' },
  { value: 2, label: 'Mostly Hills and Valleys', color: '#6d597a' },
  { value: 3, label: 'Broad Plains and Slopes', color: '#e9c46a' },
];
const GROUPS = [
  ['Plains', 'plain_area'],
  ['Slopes', 'slopy_area'],
  ['Ridges', 'ridge_area'],
  ['Valleys', 'valley_area'],
  ['Hill slopes', 'hill_slope'],
] as const;
const LAYER = 'terrain';

/** Writes the layer anew from all rows; property names are the original's. */
export async function writeTerrain(
  ctx: FinishContext<TerrainOptions, PreparedData>,
  rows: AsyncIterable<LedgerRow>,
): Promise<void> {
  await withResults<TerrainResult>(rows, async (results) => {
    await writeLayer(ctx, results, {
      name: LAYER,
      title: 'Terrain of the watersheds',
      properties: ({ result }) => ({
        terrainClu: result.terrain_cluster,
        plain_area: result.plain_area,
        ridge_area: result.ridge_area,
        slopy_area: result.slopy_area,
        valley_are: result.valley_area,
        hill_slope: result.hill_slope,
      }),
    });
    const counts = new Map<number, number>();
    const means = GROUPS.map(() => ({ sum: 0, count: 0 }));
    for await (const { result } of results.read()) {
      counts.set(result.terrain_cluster, (counts.get(result.terrain_cluster) ?? 0) + 1);
      GROUPS.forEach(([, column], i) => {
        const value = result[column];
        if (value === null) return;
        means[i]!.sum += value;
        means[i]!.count++;
      });
    }
    if (counts.size === 0) return;
    await ctx.report({
      id: LAYER,
      title: 'Terrain',
      items: [
        {
          kind: 'map',
          title: 'Terrain of each watershed',
          layers: [
            {
              kind: 'features',
              title: 'Terrain',
              artifact: `${LAYER}.geojson`,
              paint: { by: 'class', property: 'terrainClu', classes: CLUSTERS, fill: 0.6 },
              tell: [
                'uid',
                'terrainClu',
                'plain_area',
                'slopy_area',
                'hill_slope',
                'ridge_area',
                'valley_are',
              ],
            },
          ],
        },
        {
          kind: 'chart',
          chart: 'bar',
          title: 'Share of landforms, mean of the watersheds',
          unit: '%',
          x: GROUPS.map(([name]) => name),
          series: [
            { name: 'Share', values: means.map(({ sum, count }) => (count === 0 ? null : sum / count)) },
          ],
        },
        {
          kind: 'table',
          title: 'Watersheds of each kind',
          columns: ['Terrain', 'Watersheds'],
          rows: CLUSTERS.map(({ value, label }) => [label, counts.get(value) ?? 0]),
        },
      ],
    });
  });
}

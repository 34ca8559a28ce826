/** The report of a batch of scenes: how the index went from scene to scene, and what the last of them looks like. */
import type { ReportItem } from '../../core/report-section.js';
import type { LedgerRow } from '../../core/row.js';
import type { FinishContext } from '../../core/task.js';
import type { SceneOptions } from './scene-input.js';

/** More scenes than a chart can tell apart. */
const MOST_SCENES = 500;
const CURVES = ['p5', 'mean', 'p95'] as const;

export async function reportScenes(
  ctx: FinishContext<SceneOptions, null>,
  rows: AsyncIterable<LedgerRow>,
): Promise<void> {
  const scenes: { name: string; values: (number | null)[] }[] = [];
  let last: { number: number; name: string } | undefined;
  for await (const { number, input, result, state } of rows) {
    if (result === null || scenes.length === MOST_SCENES) continue;
    const name = String(input?.name ?? number);
    scenes.push({ name, values: CURVES.map((column) => numberOf(result[column])) });
    if (state === 'completed') last = { number, name };
  }
  if (scenes.length === 0) return;
  const { index, raster } = ctx.options;
  const title = index.toUpperCase();
  const chart: ReportItem = {
    kind: 'chart',
    chart: 'line',
    title: `${title} of each scene`,
    x: scenes.map(({ name }) => name),
    series: CURVES.map((name, i) => ({ name, values: scenes.map(({ values }) => values[i]!) })),
  };
  const map: ReportItem[] =
    last === undefined || !raster
      ? []
      : [
          {
            kind: 'map',
            title: `${title} of ${last.name}`,
            layers: [
              {
                kind: 'raster',
                title,
                artifact: `${index}-${last.number}.tif`,
                paint: { by: 'ramp', ramp: index.startsWith('ndwi') ? 'water' : 'vegetation' },
              },
            ],
          },
        ];
  await ctx.report({ id: 'scenes', title: `${title} of ${scenes.length} scenes`, items: [chart, ...map] });
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

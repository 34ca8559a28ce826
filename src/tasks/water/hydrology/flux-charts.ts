/** Charts of what flows, over all watersheds of a batch. */
import type { ReportChart } from '../../../core/report-section.js';
import { type ChartValue, meanChart } from '../mws/mean-chart.js';
import type { Fluxes } from './water-balance.js';

const SERIES = [
  { name: 'Precipitation', color: '#3f88c5', member: 'precipitation' },
  { name: 'Runoff', color: '#e08e45', member: 'runoff' },
  { name: 'Evapotranspiration', color: '#7cab5a', member: 'et' },
] as const;

/** A window on an axis: `2017-18` for a hydrological year, the first day of a fortnight as it is. */
export function windowLabel(key: string): string {
  return key.replace(/^(\d{4})_\d{2}(\d{2})$/, '$1-$2');
}

/** Mean of the watersheds by window. */
export async function fluxChart<Row>(
  rows: AsyncIterable<Row>,
  fluxesOf: (row: Row) => Iterable<readonly [key: string, fluxes: Fluxes]>,
  facts: Pick<ReportChart, 'title' | 'chart'>,
): Promise<ReportChart> {
  const means = await meanChart(
    rows,
    SERIES.map(({ name, color }) => ({ name, color })),
    (row) => valuesOf(fluxesOf(row)),
  );
  return { kind: 'chart', unit: 'mm', ...facts, ...means };
}

function* valuesOf(fluxes: Iterable<readonly [key: string, fluxes: Fluxes]>): Generator<ChartValue> {
  for (const [key, one] of fluxes) {
    for (const { name, member } of SERIES) yield { x: windowLabel(key), series: name, value: one[member] };
  }
}

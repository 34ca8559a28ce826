/** Means over all watersheds for a chart, taken row by row. */
import type { ReportChart } from '../../../core/report-section.js';

/** A value of one watershed: where on the axis, of which series. */
export interface ChartValue {
  x: string | number;
  series: string;
  value: number | null;
}

/** Means by place and series; places in ascending order, series as they are named. Null where no row has a value. */
export async function meanChart<Row>(
  rows: AsyncIterable<Row>,
  series: readonly { name: string; color?: string }[],
  valuesOf: (row: Row) => Iterable<ChartValue>,
): Promise<Pick<ReportChart, 'x' | 'series'>> {
  const sums = new Map<string | number, Map<string, { sum: number; count: number }>>();
  for await (const row of rows) {
    for (const { x, series: name, value } of valuesOf(row)) {
      const place = sums.get(x) ?? new Map<string, { sum: number; count: number }>();
      sums.set(x, place);
      if (value === null) continue;
      const { sum, count } = place.get(name) ?? { sum: 0, count: 0 };
      place.set(name, { sum: sum + value, count: count + 1 });
    }
  }
  const x = [...sums.keys()].sort((a, b) => (a < b ? -1 : 1));
  return {
    x,
    series: series.map((one) => ({
      ...one,
      values: x.map((place) => {
        const mean = sums.get(place)?.get(one.name);
        return mean === undefined ? null : mean.sum / mean.count;
      }),
    })),
  };
}

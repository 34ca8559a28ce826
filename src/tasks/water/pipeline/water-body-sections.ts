/** What the report shows of surface water bodies: a map, and the area of water through the seasons of each year. */
import type { ReportSection } from '../../../core/report-section.js';
import { WATER_BODIES, WATERSHEDS } from './step-files.js';
import { LULC_CLASSES, type WaterCensus } from './water-census.js';

/** Area of water over all bodies, hectares by year. */
export interface WaterTotals {
  years: readonly string[];
  bodies: number;
  /** In kharif; in kharif and rabi; in all three seasons. */
  kharif: number[];
  rabi: number[];
  zaid: number[];
  add(census: WaterCensus): void;
}

const M2_PER_HA = 10_000;
const SEASON_COLORS = { kharif: '#9ecae1', rabi: '#4292c6', zaid: '#08519c' };

export function waterArea(years: readonly string[]): WaterTotals {
  const zeros = () => years.map(() => 0);
  const totals: WaterTotals = {
    years,
    bodies: 0,
    kharif: zeros(),
    rabi: zeros(),
    zaid: zeros(),
    add(census) {
      totals.bodies++;
      const pixelHa = census.areaM2 / census.pixels / M2_PER_HA;
      for (const year of years.keys()) {
        const of = (lulc: number) => census.classPixels[year * LULC_CLASSES + lulc]! * pixelHa;
        totals.zaid[year]! += of(4);
        totals.rabi[year]! += of(3) + of(4);
        totals.kharif[year]! += census.waterAreaM2[year]! / M2_PER_HA;
      }
    },
  };
  return totals;
}

export function waterBodySections(totals: WaterTotals): ReportSection[] {
  return [
    {
      id: 'surface-water-bodies',
      title: 'Surface water bodies',
      text: `${totals.bodies} patches of pixels that were water in at least one year.`,
      items: [
        {
          kind: 'map',
          title: 'Water bodies by the area that was ever water',
          layers: [
            {
              kind: 'features',
              title: 'Micro-watersheds',
              artifact: WATERSHEDS,
              paint: { by: 'one', color: '#7a7a7a', fill: 0, width: 1 },
            },
            {
              kind: 'features',
              title: 'Water bodies',
              artifact: WATER_BODIES,
              tell: ['UID', 'area_ored', 'waterbody_type', 'max_stream_order', 'village_name'],
              paint: { by: 'ramp', property: 'area_ored', ramp: 'water', unit: 'ha', fill: 0.8 },
            },
          ],
        },
        {
          kind: 'chart',
          chart: 'line',
          title: 'Area under water by season',
          unit: 'ha',
          x: [...totals.years],
          series: [
            { name: 'kharif', values: totals.kharif.map(rounded), color: SEASON_COLORS.kharif },
            { name: 'kharif and rabi', values: totals.rabi.map(rounded), color: SEASON_COLORS.rabi },
            { name: 'kharif, rabi and zaid', values: totals.zaid.map(rounded), color: SEASON_COLORS.zaid },
          ],
        },
      ],
    },
  ];
}

function rounded(ha: number): number {
  return Math.round(ha * 100) / 100;
}

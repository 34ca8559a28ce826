/** What the report shows of the zones of influence: the discs, crops a year on them, and their vegetation. */
import type { ReportItem, ReportSection } from '../../../core/report-section.js';
import type { Feature } from '../feature-collection.js';
import { MATCHED_POINTS, ZONES } from './step-files.js';

/** Lines that can be told apart in one chart. */
const MOST_LINES = 8;

export interface NamedZone {
  name: string;
  properties: Feature['properties'];
}

/** Of the zones as they are made those that charts have room for. */
export interface LargestZones {
  add(zone: Feature, name: string): void;
  /** The largest first. */
  largest(): readonly NamedZone[];
}

export function largestZones(): LargestZones {
  const largest: NamedZone[] = [];
  const radius = ({ properties }: NamedZone) => properties.zoi as number;
  return {
    add({ properties }, name) {
      const zone = { name, properties };
      const at = largest.findIndex((other) => radius(other) < radius(zone));
      largest.splice(at === -1 ? largest.length : at, 0, zone);
      largest.length = Math.min(largest.length, MOST_LINES);
    },
    largest: () => largest,
  };
}

/** Charts are of the largest zones. `years` are those of the land-use rasters. */
export function zoneSection(largest: readonly NamedZone[], years: readonly number[]): ReportSection {
  const latest = `cropping_intensity_${years.at(-1)}`;
  return {
    id: 'zoi',
    title: 'Zones of influence',
    text: 'A disc around each water body that has desilting points; its radius follows from the area of the body.',
    items: [
      {
        kind: 'map',
        title: years.length === 0 ? 'Zones' : `Crops a year on the zones, ${years.at(-1)}`,
        layers: [
          {
            kind: 'features',
            title: 'Zones of influence',
            artifact: ZONES,
            tell: ['UID', 'zoi', 'zoi_area', latest],
            paint:
              years.length === 0
                ? { by: 'one', color: '#41ab5d' }
                : { by: 'ramp', property: latest, ramp: 'vegetation', unit: 'crops a year', fill: 0.5 },
          },
          {
            kind: 'features',
            title: 'Water bodies',
            artifact: MATCHED_POINTS,
            tell: ['waterbody_name', 'UID'],
            paint: { by: 'one', color: '#2171b5', fill: 0.8 },
          },
        ],
      },
      ...croppingChart(largest, years),
      ...ndviChart(largest),
    ],
  };
}

function croppingChart(zones: readonly NamedZone[], years: readonly number[]): ReportItem[] {
  if (years.length === 0) return [];
  return [
    {
      kind: 'chart',
      chart: 'line',
      title: 'Crops a year on the zones (cropping intensity)',
      x: years.map((year) => `${year}-${String(year + 1).slice(2)}`),
      series: zones.map(({ name, properties }) => ({
        name,
        values: years.map((year) => rounded(properties[`cropping_intensity_${year}`])),
      })),
    },
  ];
}

function ndviChart(zones: readonly NamedZone[]): ReportItem[] {
  const series = zones.map(({ name, properties }) => ({
    name,
    byDate: ndviByDate(properties),
  }));
  const dates = [...new Set(series.flatMap(({ byDate }) => [...byDate.keys()]))].sort();
  if (dates.length === 0) return [];
  return [
    {
      kind: 'chart',
      chart: 'line',
      title: 'Vegetation index (NDVI) on the zones',
      x: dates,
      series: series.map(({ name, byDate }) => ({
        name,
        values: dates.map((date) => rounded(byDate.get(date))),
      })),
    },
  ];
}

function ndviByDate(properties: Feature['properties']): Map<string, number> {
  const byDate = new Map<string, number>();
  for (const [name, text] of Object.entries(properties)) {
    if (!/^NDVI_\d{4}$/.test(name)) continue;
    for (const [date, mean] of Object.entries(JSON.parse(text as string) as Record<string, number>))
      if (mean >= -1) byDate.set(date, mean);
  }
  return byDate;
}

function rounded(value: unknown): number | null {
  return typeof value === 'number' ? Math.round(value * 1000) / 1000 : null;
}

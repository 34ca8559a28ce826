/** Colours of the report's maps and charts. They stand on light and on dark pages. */
import type { RampName } from '../../core/report-section.js';

export type Rgb = readonly [red: number, green: number, blue: number];

/** What is in no class, or has no value. */
export const NO_CLASS = '#9aa3a7';

/** From the least to the most, evenly apart. */
const RAMPS: Record<RampName, readonly string[]> = {
  water: ['#dcecf7', '#a3cde8', '#5ba3d0', '#2a6fae', '#0b3c78'],
  elevation: ['#4f8a5b', '#93b56f', '#dccf95', '#c49a64', '#94694d', '#cfc4bd', '#f7f5f2'],
  vegetation: ['#a8794a', '#d9c58b', '#c9d989', '#7cb857', '#36893f', '#0f5130'],
  rain: ['#f4efc9', '#a8dcc0', '#4fb0c6', '#2c6cb0', '#3d2a86'],
  order: ['#9ecae1', '#6baed6', '#3182bd', '#08519c', '#062a5c'],
  dry: ['#4d9b6a', '#c8d98c', '#f6d976', '#ee9440', '#c53a2b', '#6e1430'],
};

const SERIES_COLORS = [
  '#3182bd',
  '#e08a1e',
  '#3f9b62',
  '#b5485d',
  '#7a62b3',
  '#8a7a4f',
  '#35a3a3',
  '#d47fa6',
  '#8fae3a',
  '#8a949b',
];

/** Colour of the ramp at `share`, 0 to 1. */
export function rampColor(ramp: RampName, share: number): Rgb {
  const stops = RAMPS[ramp].map(rgbOf);
  const place = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const index = Math.min(stops.length - 2, Math.floor(place));
  const [from, to] = [stops[index] as Rgb, stops[index + 1] as Rgb];
  const mix = (band: 0 | 1 | 2) => Math.round(from[band] + (to[band] - from[band]) * (place - index));
  return [mix(0), mix(1), mix(2)];
}

/** The stops of a ramp, for a gradient. */
export function rampStops(ramp: RampName): readonly string[] {
  return RAMPS[ramp];
}

/** Colour of the `index`-th series of a chart. */
export function seriesColor(index: number): string {
  return SERIES_COLORS[index % SERIES_COLORS.length] as string;
}

/** Of `#rrggbb`. */
export function rgbOf(color: string): Rgb {
  const number = Number.parseInt(color.slice(1), 16);
  return [(number >> 16) & 255, (number >> 8) & 255, number & 255];
}

export function colorOf([red, green, blue]: Rgb): string {
  return `#${[red, green, blue].map((band) => band.toString(16).padStart(2, '0')).join('')}`;
}

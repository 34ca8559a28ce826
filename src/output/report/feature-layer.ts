/** A layer of features on a section's map: what is drawn of a GeoJSON artifact, and how each feature is painted. */
import type { FeaturePaint, ReportFeatureLayer } from '../../core/report-section.js';
import { plainText } from '../cell-value.js';
import { featuresOf, nameKey, piecesOf } from './geojson-features.js';
import type { Projection } from './projection.js';
import { colorOf, NO_CLASS, rampColor } from './ramps.js';
import { number } from './scale.js';
import { Shapes } from './shapes.js';
import { type ValueRange, valueRange } from './value-range.js';

export interface PaintedShape {
  kind: 'polygon' | 'line';
  path: string;
  color: string;
  width: number;
  text: string;
}

export interface PaintedPoint {
  /** Drawing units. */
  x: number;
  y: number;
  color: string;
  text: string;
}

export interface FeatureLayer {
  layer: ReportFeatureLayer;
  shapes: PaintedShape[];
  points: PaintedPoint[];
  /** Of a ramp. */
  range: ValueRange | undefined;
  /** Features outside the map, too small to see or beyond the budget. */
  leftOut: number;
}

interface Facts {
  text: string;
  kind: 'polygon' | 'line';
  value: unknown;
  width: number;
}

const DEFAULT_WIDTH = 1.5;
const MAX_WIDTH = 8;
const MAX_TOLD = 8;
const MAX_TEXT = 80;
const POINT_BYTES = 110;

/** Reads the artifact at `file`, holding a budget of bytes of the report. */
export async function readFeatureLayer(
  layer: ReportFeatureLayer,
  file: string,
  projection: Projection,
  budget: number,
): Promise<FeatureLayer> {
  const { paint } = layer;
  const shapes = new Shapes<Facts>(budget, projection);
  const points: (Facts & { x: number; y: number })[] = [];
  let pointsLeftOut = 0;
  for await (const { geometry, properties } of featuresOf(file)) {
    const { rings, lines, points: places } = piecesOf(geometry);
    const facts = {
      value: paintedValue(paint, properties),
      width: widthOf(paint, properties),
      text: told(layer, properties),
    };
    if (rings.length > 0) shapes.add({ ...facts, kind: 'polygon' }, rings);
    if (lines.length > 0) shapes.add({ ...facts, kind: 'line' }, lines, false);
    for (const [longitude, latitude] of places) {
      const [x, y] = [projection.x(longitude), projection.y(latitude)];
      const onMap = x >= 0 && x <= projection.width && y >= 0 && y <= projection.height;
      if (onMap && (points.length + 1) * POINT_BYTES <= budget)
        points.push({ ...facts, kind: 'polygon', x, y });
      else pointsLeftOut += 1;
    }
  }
  const drawn = shapes.drawn();
  const range = rangeOf(paint, [
    ...drawn.map(({ facts }) => facts.value),
    ...points.map(({ value }) => value),
  ]);
  const colorFor = painter(paint, range);
  return {
    layer,
    shapes: drawn.map(({ path, facts }) => ({ ...facts, path, color: colorFor(facts.value) })),
    points: points.map(({ x, y, value, text }) => ({ x, y, text, color: colorFor(value) })),
    range,
    leftOut: shapes.leftOut + pointsLeftOut,
  };
}

function paintedValue(paint: FeaturePaint, properties: Record<string, unknown>): unknown {
  if (paint.by === 'one' || paint.property === undefined) return undefined;
  return Object.hasOwn(properties, paint.property) ? properties[paint.property] : undefined;
}

function widthOf({ width }: FeaturePaint, properties: Record<string, unknown>): number {
  if (width === undefined) return DEFAULT_WIDTH;
  if (typeof width === 'number') return width;
  const value = Number(Object.hasOwn(properties, width.property) ? properties[width.property] : Number.NaN);
  return Number.isFinite(value)
    ? Math.min(MAX_WIDTH, Math.max(0.5, value * (width.factor ?? 1)))
    : DEFAULT_WIDTH;
}

function rangeOf(paint: FeaturePaint, values: readonly unknown[]): ValueRange | undefined {
  return paint.by === 'ramp' ? valueRange(paint, values.map(numeric)) : undefined;
}

function painter(paint: FeaturePaint, range: ValueRange | undefined): (value: unknown) => string {
  if (paint.by === 'one') return () => paint.color;
  if (paint.by === 'class') {
    const colors = new Map(paint.classes.map(({ value, color }) => [String(value), color]));
    return (value) => colors.get(String(value)) ?? NO_CLASS;
  }
  return (value) => {
    const amount = numeric(value);
    return Number.isFinite(amount) && range !== undefined
      ? colorOf(rampColor(paint.ramp, range.shareOf(amount)))
      : NO_CLASS;
  };
}

/** Numbers, also those in texts; anything else is NaN. */
function numeric(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
}

/** The name, then `property: value` a line; a name that is a number is told with its property too. */
function told({ paint, tell }: ReportFeatureLayer, properties: Record<string, unknown>): string {
  const painted = paint.by === 'one' ? undefined : paint.property;
  const keys = tell ?? [...new Set([nameKey(properties), painted])];
  return keys
    .slice(0, MAX_TOLD)
    .flatMap((key, index) => {
      if (key === undefined || !Object.hasOwn(properties, key)) return [];
      const value = properties[key];
      return index === 0 && typeof value === 'string' ? [shown(value)] : [`${key}: ${shown(value)}`];
    })
    .join('\n');
}

function shown(value: unknown): string {
  const text = typeof value === 'number' ? number(value) : plainText(value);
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/** Every row that is somewhere, as one GeoJSON FeatureCollection (RFC 7946). */
import type { LedgerRow } from '../core/row.js';
import type { OutputRequest } from './output-request.js';
import { type Geometry, rowGeometry } from './row-point.js';
import type { Sink } from './sink.js';
import { cellsOf, STATUS_COLUMNS, type Survey, statusAndResults } from './survey.js';

/** 7 decimals of a degree: about a centimetre. */
const DECIMALS = 1e7;

export async function writePoints(sink: Sink, request: OutputRequest, survey: Survey): Promise<void> {
  const sheet = request.batch.source.sheet ?? null;
  let separator = '\n';
  await sink.write('{"type":"FeatureCollection","features":[');
  for await (const row of request.rows()) {
    const geometry = rowGeometry(row);
    if (geometry === null) continue;
    const feature = {
      type: 'Feature',
      geometry: rounded(geometry),
      properties: properties(row, sheet, survey),
    };
    await sink.write(`${separator}${JSON.stringify(feature)}`);
    separator = ',\n';
  }
  await sink.write('\n]}\n');
}

/** A cell whose header is one of our names is kept as `input_<header>`: ours mean the same in every output. */
function properties(row: LedgerRow, sheet: string | null, survey: Survey): Record<string, unknown> {
  const ours = ['sheet', 'row', ...STATUS_COLUMNS, ...survey.resultColumns];
  const values = [sheet, row.number, ...statusAndResults(row, survey.resultColumns)];
  const lead = 2 + STATUS_COLUMNS.length;
  const taken = new Set(ours);
  const found = cellsOf(row, survey.columns);
  const cells = survey.columns.map(({ key }, index): [string, unknown] => [
    taken.has(key) ? `input_${key}` : key,
    found[index],
  ]);
  const named = ours.map((name, index): [string, unknown] => [name, values[index] ?? null]);
  return Object.fromEntries([...named.slice(0, lead), ...cells, ...named.slice(lead)]);
}

function rounded(geometry: Geometry): Geometry {
  const coordinates = roundAll(geometry.coordinates);
  if (geometry.type === 'Polygon') return { type: geometry.type, coordinates: rightHanded(coordinates) };
  if (geometry.type === 'MultiPolygon') {
    return { type: geometry.type, coordinates: (coordinates as unknown[]).map(rightHanded) };
  }
  return { type: geometry.type, coordinates };
}

function roundAll(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(roundAll);
  return typeof value === 'number' ? Math.round(value * DECIMALS) / DECIMALS : value;
}

/** Outer ring counter-clockwise, holes clockwise (RFC 7946, 3.1.6). */
function rightHanded(rings: unknown): unknown {
  return (rings as number[][][]).map((ring, index) =>
    signedArea(ring) >= 0 === (index === 0) ? ring : [...ring].reverse(),
  );
}

function signedArea(ring: readonly number[][]): number {
  let twice = 0;
  for (let i = 1; i < ring.length; i++) {
    const [x0 = 0, y0 = 0] = ring[i - 1] ?? [];
    const [x1 = 0, y1 = 0] = ring[i] ?? [];
    twice += x0 * y1 - x1 * y0;
  }
  return twice / 2;
}

/**
 * The layers of a finished batch, as GeoJSON: the water pixels, the water bodies they belong to, those without one, and
 * the micro-watersheds around them. Rows are read once and kept in a temporary file, so memory does not grow with them.
 */
import type { LedgerRow } from '../../core/row.js';
import type { DataSource, FinishContext } from '../../core/task.js';
import { polygonToGeoJson } from '../../geo/geojson.js';
import type { DesiltingInput } from './desilting-input.js';
import type { DesiltingOptions } from './desilting-options.js';
import { type Feature, featureCollection } from './feature-collection.js';
import type { DesiltingResult } from './locate-water.js';
import { polygonLayer } from './open-layers.js';
import type { PolygonFeature } from './polygon-layer.js';
import type { PreparedDesilting } from './prepared.js';
import { type Spool, spool } from './spool.js';

type Context = FinishContext<DesiltingOptions, PreparedDesilting>;

/** A row that has a water pixel. */
interface LocatedRow {
  number: number;
  input: Partial<DesiltingInput>;
  result: DesiltingResult;
}

const KIND = 'geojson';

/** Writes the layers anew from all rows; a second call replaces them. */
export async function writeDesiltingLayers(ctx: Context, rows: AsyncIterable<LedgerRow>): Promise<void> {
  const located = await spool(locatedRows(rows));
  try {
    await writePoints(ctx, located);
    await writeWaterbodies(ctx, located, ctx.data.waterbodies);
    await writeWatersheds(ctx, located, ctx.data.mws);
  } finally {
    await located.remove();
  }
}

/** Completed and skipped rows, and failed ones that found water but no water body. */
async function* locatedRows(rows: AsyncIterable<LedgerRow>): AsyncGenerator<LocatedRow> {
  for await (const { number, input, result } of rows) {
    if (typeof result?.water_latitude !== 'number' || typeof result.water_longitude !== 'number') continue;
    yield { number, input: (input ?? {}) as Partial<DesiltingInput>, result: result as DesiltingResult };
  }
}

async function writePoints(ctx: Context, located: Spool<LocatedRow>): Promise<void> {
  await ctx.artifact({
    name: 'desilting-points.geojson',
    kind: KIND,
    title: 'Water pixel of each desilting point',
    content: featureCollection(located.read(), (row) => pointFeature(row)),
  });
}

async function writeWaterbodies(
  ctx: Context,
  located: Spool<LocatedRow>,
  source: DataSource | undefined,
): Promise<void> {
  const layer = await polygonLayer(source, ctx.prepared.identity);
  if (layer === null) return;
  const byId = new Map(layer.features.map((feature) => [feature.id, feature]));
  await ctx.artifact({
    name: 'waterbodies.geojson',
    kind: KIND,
    title: 'Water body of each matched point',
    content: featureCollection(located.read(), (row) => waterbodyFeature(row, byId)),
  });
  if (!(await some(located.read(), isUnmatched))) return;
  await ctx.artifact({
    name: 'desilting-unmatched.geojson',
    kind: KIND,
    title: 'Points without a water body',
    content: featureCollection(located.read(), (row) =>
      isUnmatched(row) ? pointFeature(row, { match_type: 'none', matched: false }) : null,
    ),
  });
}

async function writeWatersheds(
  ctx: Context,
  located: Spool<LocatedRow>,
  source: DataSource | undefined,
): Promise<void> {
  const layer = await polygonLayer(source, ctx.prepared.identity);
  if (layer === null) return;
  const wanted = new Set<string>();
  for await (const { result } of located.read())
    for (const uid of result.mws_uids?.split(', ') ?? []) wanted.add(uid);
  await ctx.artifact({
    name: 'watersheds.geojson',
    kind: KIND,
    title: 'Micro-watersheds around the water pixels',
    content: featureCollection(layer.features, ({ uid, properties, polygon }) => {
      if (uid === null || !wanted.delete(uid)) return null;
      return { type: 'Feature', properties, geometry: polygonToGeoJson(polygon) };
    }),
  });
}

function pointFeature(row: LocatedRow, extra: Record<string, unknown> = {}): Feature {
  const { water_longitude, water_latitude } = row.result;
  return {
    type: 'Feature',
    properties: { ...pointProperties(row), ...extra },
    geometry: { type: 'Point', coordinates: [water_longitude, water_latitude] },
  };
}

/** The water body's shape once for each point that it was desilted at; the point's properties win over its own. */
function waterbodyFeature(row: LocatedRow, byId: Map<string, PolygonFeature>): Feature | null {
  const body = row.result.waterbody_id === null ? undefined : byId.get(row.result.waterbody_id);
  if (body === undefined) return null;
  return {
    type: 'Feature',
    properties: { ...body.properties, ...pointProperties(row), match_type: row.result.match, matched: true },
    geometry: polygonToGeoJson(body.polygon),
  };
}

/** Names and order are the original's (`BuildDesiltingLayer`); what is blank is `N/A`. */
function pointProperties({ number, input, result }: LocatedRow): Record<string, unknown> {
  return {
    desilt_id: number,
    latitude: result.water_latitude,
    longitude: result.water_longitude,
    desiltingpoint_lat: orNotAvailable(input.latitude),
    desiltingpoint_lon: orNotAvailable(input.longitude),
    Village: orNotAvailable(input.Village),
    distance_from_desilting_point: result.distance_m,
    name_of_ngo: orNotAvailable(input.name_of_ngo),
    State: orNotAvailable(input.State),
    District: orNotAvailable(input.District),
    Taluka: orNotAvailable(input.Taluka),
    waterbody_name: orNotAvailable(input.waterbody_name),
    slit_excavated: orNotAvailable(input.slit_excavated),
    intervention_year: orNotAvailable(input.intervention_year),
  };
}

function orNotAvailable(value: unknown): unknown {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '')
    ? 'N/A'
    : value;
}

function isUnmatched({ result }: LocatedRow): boolean {
  return result.match === 'none';
}

async function some<T>(items: AsyncIterable<T>, test: (item: T) => boolean): Promise<boolean> {
  for await (const item of items) if (test(item)) return true;
  return false;
}

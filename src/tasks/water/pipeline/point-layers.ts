/** The layers that every batch of desilting points has: as text, for an artifact or a step's file. */
import { polygonToGeoJson } from '../../../geo/geojson.js';
import { featureCollection } from '../feature-collection.js';
import type { PolygonFeature } from '../polygon-layer.js';
import type { Spool } from '../spool.js';
import { type LocatedRow, watershedsOf } from './located-rows.js';
import { matchedFeature, pointFeature, unmatchedFeature } from './point-features.js';
import { MATCHED_POINTS, POINTS, UNMATCHED_POINTS, WATERSHEDS } from './step-files.js';

export interface TextLayer {
  name: string;
  title: string;
  content: AsyncIterable<string>;
}

export interface BodyOfRow {
  body: Pick<PolygonFeature, 'id' | 'properties' | 'polygon'>;
  match: 'intersect' | 'near';
}

export function pointsLayer(rows: Spool<LocatedRow>): TextLayer {
  return {
    name: POINTS,
    title: 'Water pixel of each desilting point',
    content: featureCollection(rows.read(), (row) => pointFeature(row)),
  };
}

/** A feature for each point with a water body; the points without one are a layer of their own, when there are any. */
export async function matchLayers(
  rows: Spool<LocatedRow>,
  bodyOf: (row: LocatedRow) => BodyOfRow | null,
): Promise<TextLayer[]> {
  const matched: TextLayer = {
    name: MATCHED_POINTS,
    title: 'Water body of each matched point',
    content: featureCollection(rows.read(), (row) => {
      const found = bodyOf(row);
      return found === null ? null : matchedFeature(row, found.body, found.match);
    }),
  };
  if (!(await some(rows.read(), (row) => bodyOf(row) === null))) return [matched];
  const unmatched: TextLayer = {
    name: UNMATCHED_POINTS,
    title: 'Points without a water body',
    content: featureCollection(rows.read(), (row) => (bodyOf(row) === null ? unmatchedFeature(row) : null)),
  };
  return [matched, unmatched];
}

/** What the rows were matched to when they ran, by the ids of the layer that they were matched against. */
export function bodyFromResult(features: readonly PolygonFeature[]): (row: LocatedRow) => BodyOfRow | null {
  const byId = new Map(features.map((feature) => [feature.id, feature]));
  return ({ result: { waterbody_id: id, match } }) => {
    const body = id === null ? undefined : byId.get(id);
    return body === undefined || match === 'none' ? null : { body, match };
  };
}

/** The micro-watersheds of all rows, distinct by uid: of two features with one uid the first. */
export async function watershedsAround(
  rows: Spool<LocatedRow>,
  features: readonly PolygonFeature[],
): Promise<PolygonFeature[]> {
  const wanted = new Set<string>();
  for await (const row of rows.read()) for (const uid of watershedsOf(row)) wanted.add(uid);
  return features.filter(({ uid }) => uid !== null && wanted.delete(uid));
}

export function watershedsLayer(features: readonly PolygonFeature[]): TextLayer {
  return {
    name: WATERSHEDS,
    title: 'Micro-watersheds around the water pixels',
    content: featureCollection(features, ({ properties, polygon }) => ({
      type: 'Feature',
      properties,
      geometry: polygonToGeoJson(polygon),
    })),
  };
}

async function some<T>(items: AsyncIterable<T>, test: (item: T) => boolean): Promise<boolean> {
  for await (const item of items) if (test(item)) return true;
  return false;
}

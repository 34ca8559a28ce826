/** Desilting points and their water bodies as features, with the original's names and order (core-stack 1.8.2, 1.8.3). */
import { polygonToGeoJson } from '../../../geo/geojson.js';
import type { Feature } from '../feature-collection.js';
import type { PolygonFeature } from '../polygon-layer.js';
import type { LocatedRow } from './located-rows.js';

/** At the water pixel. */
export function pointFeature(row: LocatedRow, extra: Record<string, unknown> = {}): Feature {
  const { water_longitude, water_latitude } = row.result;
  return {
    type: 'Feature',
    properties: { ...pointProperties(row), ...extra },
    geometry: { type: 'Point', coordinates: [water_longitude, water_latitude] },
  };
}

export function unmatchedFeature(row: LocatedRow): Feature {
  return pointFeature(row, { match_type: 'none', matched: false });
}

/** The water body's shape once for each point that it was desilted at; the point's properties win over its own. */
export function matchedFeature(
  row: LocatedRow,
  body: Pick<PolygonFeature, 'properties' | 'polygon'>,
  matchType: 'intersect' | 'near',
): Feature {
  return {
    type: 'Feature',
    properties: { ...body.properties, ...pointProperties(row), match_type: matchType, matched: true },
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

/** The shape of a row that is a watershed. */
import { FinalError } from '../../../core/error.js';
import type { Polygon } from '../../../geo/polygon.js';
import type { PolygonLayer } from '../polygon-layer.js';
import { rowPolygon } from '../row-polygon.js';
import type { WatershedInput } from './mws-row.js';

/** The row's own shape, else that of its `uid` in data.mws; null when it has neither. */
export function watershedPolygon(input: WatershedInput, layer: PolygonLayer | null): Polygon | null {
  const own = input.geometry == null ? null : rowPolygon(input.geometry);
  if (own !== null || input.uid === null || layer === null) return own;
  return layer.features.find(({ uid, id }) => (uid ?? id) === input.uid)?.polygon ?? null;
}

/** @throws {FinalError} WATERSHED_NOT_PLACED for a row that has no shape, saying what would give it one */
export function requirePolygon(input: WatershedInput, layer: PolygonLayer | null): Polygon {
  const polygon = watershedPolygon(input, layer);
  if (polygon !== null) return polygon;
  const found =
    input.uid === null
      ? 'the row has neither a polygon nor a uid'
      : layer === null
        ? `the row has no polygon, and the config has no data.mws to look ${input.uid} up in`
        : `there is no watershed ${input.uid} in data.mws`;
  throw new FinalError(`The watershed has no place: ${found}`, {
    code: 'WATERSHED_NOT_PLACED',
    field: 'uid',
    hint: 'give a GeoJSON of watersheds, or a sheet with a column uid and the layer as data.mws',
    details: { uid: input.uid },
  });
}

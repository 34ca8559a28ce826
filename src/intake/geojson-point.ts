/** Coordinates of point features as cells, where their properties do not hold them already. */
import { foldHeader } from '../core/text.js';
import type { FieldSpec } from './field-spec.js';
import { spellings } from './header-row.js';
import type { Members } from './object-columns.js';

const LATITUDE = ['latitude', 'lat'];
const LONGITUDE = ['longitude', 'lon', 'lng', 'long'];

/** `longitude` and `latitude` of a Point, or what the task calls them; without those that the properties hold. */
export function pointMembers(
  fields: readonly FieldSpec[],
): (properties: Members, geometry: unknown) => Members {
  const axes = [axis(fields, LONGITUDE, 0), axis(fields, LATITUDE, 1)];
  return (properties, geometry) => {
    const point = coordinates(geometry);
    if (point === undefined) return {};
    const keys = Object.keys(properties);
    const added: Members = {};
    for (const { name, means, index } of axes) {
      const held = keys.find(
        (key) => means(foldHeader(key)) && properties[key] !== null && properties[key] !== '',
      );
      if (held === undefined) added[name] = point[index];
    }
    return added;
  };
}

export type PointMembers = (properties: Members, geometry: unknown) => Members;

interface Axis {
  /** Member that the coordinate goes into. */
  name: string;
  means(folded: string): boolean;
  index: 0 | 1;
}

function axis(fields: readonly FieldSpec[], words: readonly string[], index: 0 | 1): Axis {
  const field = fields.find((candidate) => candidate.spellings.some((spelling) => words.includes(spelling)));
  if (field === undefined) return { name: words[0]!, means: (folded) => words.includes(folded), index };
  const spelled = spellings(fields);
  return { name: field.name, means: (folded) => spelled.get(folded) === field.name, index };
}

function coordinates(geometry: unknown): readonly [number, number] | undefined {
  if (typeof geometry !== 'object' || geometry === null) return undefined;
  const { type, coordinates: position } = geometry as { type?: unknown; coordinates?: unknown };
  if (type !== 'Point' || !Array.isArray(position)) return undefined;
  const [x, y] = position as unknown[];
  return typeof x === 'number' && typeof y === 'number' ? [x, y] : undefined;
}

/** The specific yield of a watershed from the principal aquifers below it (core-stack.md 3.7). */
import { InputError } from '../../../core/error.js';
import type { DataSource } from '../../../core/task.js';
import { intersectPolygons } from '../../../geo/intersect-polygons.js';
import { type Polygon, polygonBounds } from '../../../geo/polygon.js';
import { geodesicAreaM2 } from '../../../geo/polygon-area.js';
import { polygonLayer } from '../open-layers.js';
import { specificYield, weightedYield } from './specific-yield.js';

/** As the layer `principalAquifer` spells it. */
const YIELD_FIELDS = ['yeild__', 'yield__', 'yeild', 'yield'];

/**
 * Yields weighted by the area of the watershed over each aquifer; what none covers counts as no yield. Null without an
 * aquifer layer.
 * @throws {InputError} AQUIFER_YIELD_UNKNOWN for a text that is not in the table
 */
export async function aquiferYield(
  source: DataSource | undefined,
  watershed: Polygon,
  identity: string,
): Promise<number | null> {
  const layer = await polygonLayer(source, identity);
  if (layer === null || source === undefined) return null;
  const parts: { areaM2: number; fraction: number }[] = [];
  for (const { properties, polygon } of layer.features) {
    if (!boxesMeet(polygon, watershed)) continue;
    const fraction = fractionOf(properties, source);
    const shared = fraction === null ? null : await intersectPolygons(watershed, polygon);
    if (shared !== null && fraction !== null) parts.push({ areaM2: geodesicAreaM2(shared), fraction });
  }
  return weightedYield(parts, geodesicAreaM2(watershed));
}

function fractionOf(properties: Record<string, unknown>, { settings, origin }: DataSource): number | null {
  const fields = typeof settings.field === 'string' ? [settings.field] : YIELD_FIELDS;
  const field = fields.find((name) => name in properties);
  const fraction = field === undefined ? undefined : specificYield(properties[field]);
  if (fraction !== undefined) return fraction;
  const found = field === undefined ? `none of ${fields.join(', ')}` : JSON.stringify(properties[field]);
  throw new InputError(`An aquifer of ${origin} has the yield ${found}; expected a text such as "Upto 2%"`, {
    code: 'AQUIFER_YIELD_UNKNOWN',
    hint: "numbers up to 1 are taken as fractions; another property: data: { aquifers: { files: '…', field: 'sy' } }",
    details: { found: field === undefined ? null : properties[field] },
  });
}

function boxesMeet(a: Polygon, b: Polygon): boolean {
  const [west, south, east, north] = polygonBounds(a);
  const [otherWest, otherSouth, otherEast, otherNorth] = polygonBounds(b);
  return west <= otherEast && otherWest <= east && south <= otherNorth && otherSouth <= north;
}

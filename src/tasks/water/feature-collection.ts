/** GeoJSON written a feature at a time (RFC 7946). */

export interface Feature {
  type: 'Feature';
  properties: Record<string, unknown>;
  /** Null: a feature without a place (section 3.2). */
  geometry: { type: string; coordinates: unknown } | null;
}

/** The text of a FeatureCollection, a feature a line; items that `toFeature` turns into null are left out. */
export async function* featureCollection<T>(
  items: AsyncIterable<T> | Iterable<T>,
  toFeature: (item: T) => Feature | null,
): AsyncGenerator<string> {
  yield '{"type":"FeatureCollection","features":[';
  let separator = '\n';
  for await (const item of items) {
    const feature = toFeature(item);
    if (feature === null) continue;
    yield separator + JSON.stringify(feature);
    separator = ',\n';
  }
  yield '\n]}\n';
}

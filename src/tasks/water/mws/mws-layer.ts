/** What every task with a watershed a row does at the end: its layer as GeoJSON, a feature a watershed. */
import type { LedgerRow } from '../../../core/row.js';
import type { DataSource, FinishContext } from '../../../core/task.js';
import { polygonToGeoJson } from '../../../geo/geojson.js';
import { type Feature, featureCollection } from '../feature-collection.js';
import { polygonLayer } from '../open-layers.js';
import { type Spool, spool } from '../spool.js';
import type { WatershedInput } from './mws-row.js';
import { watershedPolygon } from './row-watershed.js';

/** A row that has a result. */
export interface WatershedResult<Result> {
  number: number;
  input: WatershedInput;
  result: Result;
}

export interface Layer<Result> {
  /** Of the file, without its ending. */
  name: string;
  title: string;
  /** Properties beside `uid` and `area_in_ha`; null leaves the watershed out. */
  properties(row: WatershedResult<Result>): Record<string, unknown> | null;
}

/**
 * Reads the rows once, lets `write` go through those with a result as often as it wants, and removes what it kept. Rows
 * are kept in a file, so memory does not grow with them.
 */
export async function withResults<Result>(
  rows: AsyncIterable<LedgerRow>,
  write: (results: Spool<WatershedResult<Result>>) => Promise<void>,
): Promise<void> {
  const kept = await spool(resultsOf<Result>(rows));
  try {
    await write(kept);
  } finally {
    await kept.remove();
  }
}

/** Writes one layer: features have the shape of their row, else that of their `uid` in data.mws. */
export async function writeLayer<Result>(
  ctx: Pick<FinishContext, 'artifact'> & {
    data: Readonly<Record<string, DataSource | undefined>>;
    prepared: { identity: string };
  },
  results: Spool<WatershedResult<Result>>,
  { name, title, properties }: Layer<Result>,
): Promise<void> {
  const watersheds = await polygonLayer(ctx.data.mws, ctx.prepared.identity);
  await ctx.artifact({
    name: `${name}.geojson`,
    kind: 'geojson',
    title,
    content: featureCollection(results.read(), (row): Feature | null => {
      const own = properties(row);
      const polygon = own === null ? null : watershedPolygon(row.input, watersheds);
      if (own === null) return null;
      const { uid, area_in_ha } = row.input;
      return {
        type: 'Feature',
        properties: { uid, ...(area_in_ha == null ? {} : { area_in_ha }), ...own },
        geometry: polygon === null ? null : polygonToGeoJson(polygon),
      };
    }),
  });
}

async function* resultsOf<Result>(rows: AsyncIterable<LedgerRow>): AsyncGenerator<WatershedResult<Result>> {
  for await (const { number, state, input, result } of rows) {
    if (result === null || input === null || (state !== 'completed' && state !== 'skipped')) continue;
    yield { number, input: asInput(input), result: result as Result };
  }
}

/** The ledger keeps the row as it was given; the schema's changes are made again. */
function asInput(input: Record<string, unknown>): WatershedInput {
  const { uid } = input;
  return { ...input, uid: uid == null || uid === '' ? null : String(uid) } as WatershedInput;
}

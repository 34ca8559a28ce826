/** All watersheds of data.mws in one job, and their layers as files of that job. */
import { FinalError, InputError } from '../../../core/error.js';
import type { RowResult } from '../../../core/row.js';
import type { RunContext } from '../../../core/task.js';
import { polygonToGeoJson } from '../../../geo/geojson.js';
import { type Feature, featureCollection } from '../feature-collection.js';
import { polygonLayer } from '../open-layers.js';
import type { PolygonFeature } from '../polygon-layer.js';
import { type Spool, spool } from '../spool.js';
import type { HydrologyOptions } from './hydrology-options.js';
import type { PreparedHydrology } from './prepare-hydrology.js';
import { type SeResult, seResult } from './run-se-variables.js';
import { seProperties } from './se-properties.js';

type Context = RunContext<HydrologyOptions, PreparedHydrology>;

interface Done {
  index: number;
  result: SeResult | null;
  reason: string | null;
}

/**
 * Goes through the layer watershed by watershed; one that fails is counted and does not stop the others. Results wait in
 * a file, so memory does not grow with them.
 * @throws {InputError} DATA_MISSING without data.mws
 */
export async function seVariablesOfLayer(ctx: Context): Promise<RowResult> {
  const layer = await polygonLayer(ctx.data.mws, ctx.prepared.identity);
  if (layer === null) {
    throw new InputError('hydrology.se-variables of a whole layer needs data.mws; the config has none', {
      code: 'DATA_MISSING',
      hint: "data: { mws: 'data/mws.geojson' }",
      details: { data: 'mws' },
    });
  }
  const results = await spool(each(ctx, layer.features));
  try {
    if (ctx.options.step !== 'annual') await writeStep(ctx, layer.features, results, 'fortnight');
    if (ctx.options.step !== 'fortnight') await writeStep(ctx, layer.features, results, 'annual');
    return await summaryOf(results);
  } finally {
    await results.remove();
  }
}

async function* each(ctx: Context, features: readonly PolygonFeature[]): AsyncGenerator<Done> {
  for (const [index, { uid, id, polygon }] of features.entries()) {
    ctx.signal.throwIfAborted();
    await ctx.progress(index / features.length);
    try {
      yield { index, result: await seResult(ctx, { uid: uid ?? id, polygon }), reason: null };
    } catch (error) {
      if (!(error instanceof FinalError)) throw error;
      ctx.log.warn(`${uid ?? id}: ${error.message}`);
      yield { index, result: null, reason: error.message };
    }
  }
}

async function writeStep(
  ctx: Context,
  features: readonly PolygonFeature[],
  results: Spool<Done>,
  step: 'fortnight' | 'annual',
): Promise<void> {
  await ctx.artifact({
    name: `se_variables_${step}.geojson`,
    kind: 'geojson',
    title: `Precipitation, runoff and evapotranspiration, ${step}`,
    content: featureCollection(results.read(), ({ index, result }): Feature | null => {
      const { properties, polygon, uid } = features[index]!;
      if (result === null) return null;
      const { area_in_ha } = properties;
      return {
        type: 'Feature',
        properties: {
          uid,
          ...(area_in_ha === undefined ? {} : { area_in_ha }),
          ...seProperties(result[step]),
        },
        geometry: polygonToGeoJson(polygon),
      };
    }),
  });
}

async function summaryOf(results: Spool<Done>): Promise<RowResult> {
  const summary = {
    watersheds: 0,
    failed: 0,
    last_fortnight: null as string | null,
    last_year: null as string | null,
  };
  for await (const { result } of results.read()) {
    summary.watersheds++;
    if (result === null) summary.failed++;
    summary.last_fortnight = latest(summary.last_fortnight, result?.last_fortnight);
    summary.last_year = latest(summary.last_year, result?.last_year);
  }
  return summary;
}

function latest(a: string | null, b: string | null | undefined): string | null {
  if (b === null || b === undefined) return a;
  return a === null || b > a ? b : a;
}

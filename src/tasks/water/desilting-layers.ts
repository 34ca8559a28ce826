/**
 * The layers of a finished batch: with the pipeline's data its steps, else the water pixels, the water bodies they
 * belong to, those without one, and the micro-watersheds around them. Rows are read once and kept in a temporary file,
 * so memory does not grow with them.
 */
import type { LedgerRow } from '../../core/row.js';
import type { FinishContext } from '../../core/task.js';
import type { DesiltingOptions } from './desilting-options.js';
import { polygonLayer } from './open-layers.js';
import { type LocatedRow, locatedRows } from './pipeline/located-rows.js';
import { planSteps } from './pipeline/plan-steps.js';
import {
  bodyFromResult,
  matchLayers,
  pointsLayer,
  watershedsAround,
  watershedsLayer,
} from './pipeline/point-layers.js';
import { digestRows } from './pipeline/step-keys.js';
import type { PreparedDesilting } from './prepared.js';
import { type Spool, spool } from './spool.js';

type Context = FinishContext<DesiltingOptions, PreparedDesilting>;

/** Writes the layers anew from all rows; a second call replaces them. @throws {FinalError} STEPS_FAILED as runSteps does */
export async function writeDesiltingLayers(ctx: Context, rows: AsyncIterable<LedgerRow>): Promise<void> {
  const { asked, anew } = planSteps(ctx.options.steps, ctx.data);
  const digesting = digestRows();
  const located = await spool(digesting.pass(locatedRows(rows)));
  try {
    if (asked === null) return await writePointLayers(ctx, located);
    const { runSteps } = await import('./pipeline/run-steps.js');
    await runSteps(ctx, { plan: { asked, anew }, rows: located, digests: digesting.digests() });
  } finally {
    await located.remove();
  }
}

async function writePointLayers(ctx: Context, rows: Spool<LocatedRow>): Promise<void> {
  const { identity } = ctx.prepared;
  const layers = [pointsLayer(rows)];
  const waterbodies = await polygonLayer(ctx.data.waterbodies, identity);
  if (waterbodies !== null) layers.push(...(await matchLayers(rows, bodyFromResult(waterbodies.features))));
  const mws = await polygonLayer(ctx.data.mws, identity);
  if (mws !== null) layers.push(watershedsLayer(await watershedsAround(rows, mws.features)));
  for (const layer of layers) await ctx.artifact({ ...layer, kind: 'geojson' });
}

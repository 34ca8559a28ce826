/** The micro-watersheds that the first step has left: what every other step is restricted to. */

import type { PolygonFeature } from '../polygon-layer.js';
import { readPolygonLayer } from '../polygon-layer.js';
import type { StepContext } from './step.js';
import { WATERSHEDS } from './step-files.js';

export interface StepWatershed extends PolygonFeature {
  uid: string;
}

/** In the order of the layer. */
export async function stepWatersheds(ctx: Pick<StepContext, 'from'>): Promise<StepWatershed[]> {
  const { features } = await readPolygonLayer([ctx.from('mws', WATERSHEDS)!]);
  return features as StepWatershed[];
}

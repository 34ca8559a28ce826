/** Step `mws`: the distinct micro-watersheds around all water pixels. */
import { polygonLayer } from '../open-layers.js';
import { identityOf } from '../prepared.js';
import { writeLayer } from './layer-file.js';
import { watershedsAround, watershedsLayer } from './point-layers.js';
import { NothingToDo, type StepContext, type StepResult } from './step.js';

export async function writeMicroWatersheds({ data, rows, folder }: StepContext): Promise<StepResult> {
  const layer = await polygonLayer(data.mws, await identityOf(data.mws!.files));
  const features = await watershedsAround(rows, layer!.features);
  if (features.length === 0) throw new NothingToDo('no micro-watershed is near a water pixel');
  return { outputs: [await writeLayer(folder, watershedsLayer(features))] };
}

/** The flow model of data.dem: where streams, their order and their catchments come from when no layer gives them. */
import { type FlowModel, flowModelOf } from '../flow-model.js';
import { oneFile } from './clip-raster.js';
import type { StepContext } from './step.js';

/** Computed once for the DEM and the threshold, by whichever step is first. @throws {InputError} as flowModelOf does */
export function flowOfDem({ data, options, cacheDir }: StepContext): Promise<FlowModel> {
  return flowModelOf(oneFile(data.dem!), {
    method: 'fill',
    thresholdCells: options.streamThresholdCells,
    cacheDir,
  });
}

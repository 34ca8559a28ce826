/** Step `catchment-area`: hectares that drain through each pixel, of the raster given or from the DEM (core-stack 1.8, step 4). */
import { join } from 'node:path';
import { openRaster } from '../../../raster/raster.js';
import { clipRaster, oneFile } from './clip-raster.js';
import { flowOfDem } from './flow-of-dem.js';
import type { StepContext, StepResult } from './step.js';
import { CATCHMENT_AREA } from './step-files.js';
import { stepWatersheds } from './step-watersheds.js';

export async function writeCatchmentArea(ctx: StepContext): Promise<StepResult> {
  const given = ctx.data.catchmentArea;
  const file = given === undefined ? await (await flowOfDem(ctx)).catchmentAreaHa() : oneFile(given);
  const raster = await openRaster(file);
  try {
    await clipRaster(raster, await stepWatersheds(ctx), join(ctx.folder, CATCHMENT_AREA), {
      overviews: 'mean',
      signal: ctx.signal,
    });
  } finally {
    await raster.close();
  }
  return {
    outputs: [{ name: CATCHMENT_AREA, kind: 'raster', title: 'Catchment area of each pixel, hectares' }],
    sections: [
      {
        id: 'catchment-area',
        title: 'Catchment area',
        text: given === undefined ? 'Computed from the elevation model.' : 'As given by data.catchmentArea.',
        items: [
          {
            kind: 'map',
            title: 'Hectares that drain through each pixel',
            layers: [
              {
                kind: 'raster',
                title: 'Catchment area',
                artifact: CATCHMENT_AREA,
                paint: { by: 'ramp', ramp: 'water', unit: 'ha', scale: 'log' },
              },
            ],
          },
        ],
      },
    ],
  };
}

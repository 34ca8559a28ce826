/** Step `terrain`: landforms, of the raster given or from the DEM, cut to the micro-watersheds (core-stack 1.8, step 11). */
import { join } from 'node:path';
import type { ReportSection } from '../../../core/report-section.js';
import type { LonLatBounds } from '../../../geo/grid.js';
import { polygonBounds } from '../../../geo/polygon.js';
import { openRaster } from '../../../raster/raster.js';
import { identityOf } from '../prepared.js';
import { landformFile, writeLandforms } from '../terrain/landform-raster.js';
import { clipRaster, oneFile } from './clip-raster.js';
import type { StepContext, StepResult } from './step.js';
import { WATERSHEDS } from './step-files.js';
import { type StepWatershed, stepWatersheds } from './step-watersheds.js';

const TERRAIN = 'terrain.tif';

/** Classes of core-stack 3.12. */
const LANDFORMS: readonly [value: number, label: string, color: string][] = [
  [1, 'canyons', '#313695'],
  [2, 'midslope drainages', '#4575b4'],
  [3, 'upland drainages', '#a50026'],
  [4, 'U-shaped valleys', '#e0f3f8'],
  [5, 'plains', '#fffc00'],
  [6, 'open slopes', '#feb24c'],
  [7, 'flat ridge tops', '#f46d43'],
  [8, 'upper slopes', '#d73027'],
  [9, 'local ridges in valleys', '#91bfdb'],
  [10, 'midslope ridges', '#800000'],
  [11, 'high ridges', '#4d0000'],
];

export async function writeTerrainClip(ctx: StepContext): Promise<StepResult> {
  const watersheds = await stepWatersheds(ctx);
  const given = ctx.data.landforms;
  const raster = await openRaster(
    given === undefined ? await landformsOfDem(ctx, watersheds) : oneFile(given),
  );
  try {
    const path = join(ctx.folder, TERRAIN);
    await clipRaster(raster, watersheds, path, { overviews: 'mode', signal: ctx.signal });
  } finally {
    await raster.close();
  }
  return {
    outputs: [{ name: TERRAIN, kind: 'raster', title: 'Landforms' }],
    sections: [section(given === undefined)],
  };
}

async function landformsOfDem(ctx: StepContext, watersheds: readonly StepWatershed[]): Promise<string> {
  const path = oneFile(ctx.data.dem!);
  const bounds = watersheds.map(({ polygon }) => polygonBounds(polygon)).reduce(joined);
  const made = await landformFile({ path, identity: await identityOf([path]) }, ctx.cacheDir, bounds);
  if (!made.isMade) await writeLandforms(path, made.path, bounds);
  return made.path;
}

function joined(a: LonLatBounds, b: LonLatBounds): LonLatBounds {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}

function section(isComputed: boolean): ReportSection {
  return {
    id: 'terrain',
    title: 'Terrain',
    text: isComputed
      ? 'Landforms computed from the elevation model.'
      : 'Landforms as given by data.landforms.',
    items: [
      {
        kind: 'map',
        title: 'Landforms',
        layers: [
          {
            kind: 'raster',
            title: 'Landforms',
            artifact: TERRAIN,
            paint: {
              by: 'class',
              classes: LANDFORMS.map(([value, label, color]) => ({ value, label, color })),
            },
          },
          {
            kind: 'features',
            title: 'Micro-watersheds',
            artifact: WATERSHEDS,
            paint: { by: 'one', color: '#333333', fill: 0, width: 1 },
          },
        ],
      },
    ],
  };
}

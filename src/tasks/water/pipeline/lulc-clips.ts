/** Step `lulc`: the land use of each year, cut to the micro-watersheds (core-stack 1.8, step 2). */
import { join } from 'node:path';
import type { ReportSection } from '../../../core/report-section.js';
import { pixelAreasM2 } from '../../../geo/pixel-area.js';
import { cellFrame } from '../../../raster/cell-frame.js';
import type { Raster } from '../../../raster/raster.js';
import { tileCache } from '../../../raster/tile-cache.js';
import { clipRaster } from './clip-raster.js';
import { openLulcSeries } from './lulc-series.js';
import type { StepContext, StepOutput, StepResult } from './step.js';
import { type StepWatershed, stepWatersheds } from './step-watersheds.js';

/** LULC v3, in the colours that its classes are known by. */
const CLASSES: readonly [value: number, label: string, color: string][] = [
  [1, 'built-up', '#ff0000'],
  [2, 'water in kharif', '#74ccf4'],
  [3, 'water in kharif and rabi', '#1ca3ec'],
  [4, 'water in all seasons', '#0f5e9c'],
  [5, 'cropland', '#f1c232'],
  [6, 'trees', '#38761d'],
  [7, 'barren land', '#a9a9a9'],
  [8, 'single kharif crop', '#bad93e'],
  [9, 'single other crop', '#f59d22'],
  [10, 'two crops', '#ff9371'],
  [11, 'three crops', '#b3561d'],
  [12, 'shrubs', '#a9b76e'],
];
const TILE_BYTES = 64 * 1024 * 1024;
const M2_PER_HA = 10_000;

interface Clip {
  year: string;
  output: StepOutput;
  /** Hectares inside the watersheds, by class. */
  areasHa: Float64Array;
}

export async function writeLulcClips(ctx: StepContext): Promise<StepResult> {
  const watersheds = await stepWatersheds(ctx);
  const { rasters, years, close } = await openLulcSeries(ctx.data.lulc!, tileCache(TILE_BYTES));
  try {
    const clips: Clip[] = [];
    for (const [i, raster] of rasters.entries()) clips.push(await clip(ctx, raster, watersheds, years[i]!));
    return { outputs: clips.map(({ output }) => output), sections: [section(clips)] };
  } finally {
    await close();
  }
}

async function clip(
  { folder, signal }: StepContext,
  raster: Raster,
  watersheds: readonly StepWatershed[],
  year: string,
): Promise<Clip> {
  const name = `lulc-${fileWord(year)}.tif`;
  const rowAreasM2 = pixelAreasM2(cellFrame(raster));
  const areasHa = new Float64Array(CLASSES.length + 1);
  await clipRaster(raster, watersheds, join(folder, name), {
    overviews: 'mode',
    signal,
    onRows: ({ row, width, samples, mask }) => {
      for (let i = 0; i < mask.length; i++) {
        const value = samples[i]!;
        if (mask[i] === 1 && value < areasHa.length && !raster.isNodata(value))
          areasHa[value]! += rowAreasM2[row + Math.floor(i / width)]! / M2_PER_HA;
      }
    },
  });
  return { year, output: { name, kind: 'raster', title: `Land use ${year}` }, areasHa };
}

/** A year, or the name of a file that has none, as a part of a file name. */
function fileWord(label: string): string {
  return label.replace(/\.tiff?$/i, '').replace(/[^\w.-]+/g, '_');
}

/** Maps of the last and the first year, the last on top; the others are among the files. */
function section(clips: readonly Clip[]): ReportSection {
  const drawn = clips.length > 1 ? [clips[0]!, clips.at(-1)!] : clips;
  return {
    id: 'lulc',
    title: 'Land use',
    items: [
      {
        kind: 'map',
        title: drawn.map(({ year }) => year).join(' and '),
        layers: drawn.map(({ output }, i) => ({
          kind: 'raster',
          title: output.title,
          artifact: output.name,
          shown: i === drawn.length - 1,
          paint: { by: 'class', classes: CLASSES.map(([value, label, color]) => ({ value, label, color })) },
        })),
      },
      {
        kind: 'chart',
        chart: 'stacked-bar',
        title: 'Land use in the micro-watersheds',
        unit: 'ha',
        x: clips.map(({ year }) => year),
        series: CLASSES.filter(([value]) => clips.some(({ areasHa }) => areasHa[value]! > 0)).map(
          ([value, name, color]) => ({
            name,
            color,
            values: clips.map(({ areasHa }) => Math.round(areasHa[value]!)),
          }),
        ),
      },
    ],
  };
}

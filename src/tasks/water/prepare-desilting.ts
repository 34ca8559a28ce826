/** Opens and checks everything a batch of desilting points reads, before any row is submitted. */
import { InputError } from '../../core/error.js';
import type { PrepareContext } from '../../core/task.js';
import { plural } from '../../core/text.js';
import { type AnnualLulc, openAnnualLulc } from './annual-lulc.js';
import type { DesiltingOptions } from './desilting-options.js';
import { checkNamedSteps, planSteps } from './pipeline/plan-steps.js';
import { readPolygonLayer } from './polygon-layer.js';
import { identityOf, type PreparedDesilting } from './prepared.js';
import { checkClassScheme, waterClasses } from './water-classes.js';

/** @throws {InputError} naming the file, what was found and what was expected */
export async function prepareDesilting(ctx: PrepareContext<DesiltingOptions>): Promise<PreparedDesilting> {
  const { lulc, mws, waterbodies } = ctx.data;
  checkNamedSteps(planSteps(ctx.options.steps, ctx.data), ctx.data);
  const annual = await openAnnualLulc(lulc);
  try {
    checkYears(annual, ctx.options.minWaterYears);
    const classes = waterClasses(lulc!);
    for (const raster of annual.rasters) await checkClassScheme(raster, classes);
    if (mws !== undefined) await checkWatersheds(mws.files);
    if (waterbodies !== undefined) await readPolygonLayer(waterbodies.files);
    return {
      years: annual.years,
      bounds: annual.rasters[0]!.bounds,
      identity: await identityOf([lulc, mws, waterbodies].flatMap((source) => source?.files ?? [])),
    };
  } finally {
    await annual.close();
  }
}

function checkYears({ years }: AnnualLulc, minWaterYears: number): void {
  if (minWaterYears <= years.length) return;
  throw new InputError(
    `minWaterYears is ${minWaterYears}, but data.lulc has ${plural(years.length, 'year')} (${years.join(', ')})`,
    {
      code: 'TOO_FEW_YEARS',
      hint: `--set minWaterYears=${years.length}, or add rasters of more years to data.lulc`,
      details: { minWaterYears, years },
    },
  );
}

async function checkWatersheds(files: string[]): Promise<void> {
  const { features } = await readPolygonLayer(files);
  if (features.some(({ uid }) => uid !== null)) return;
  const found = Object.keys(features[0]?.properties ?? {}).join(', ') || 'none';
  throw new InputError(`${files.join(', ')} has no property uid; found the properties ${found}`, {
    code: 'LAYER_PROPERTY_MISSING',
    hint: 'micro-watersheds are told apart by uid: name the property so, or correct data.mws',
    details: { files, expected: 'uid' },
  });
}

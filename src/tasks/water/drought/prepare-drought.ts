/** Checks what a batch of droughts reads, before any row is submitted. */
import type { z } from 'zod';
import type { PrepareContext } from '../../../core/task.js';
import { type PreparedData, prepareData } from '../mws/prepare-data.js';
import { extentOf } from '../series/dated-values.js';
import type { droughtOptions } from './drought-options.js';

const NAMES = ['precipitation', 'lulc', 'ndvi', 'ndwi', 'et', 'pet', 'mws'];

/** @throws {InputError} naming the entry or file that cannot be used */
export async function prepareDrought(
  ctx: PrepareContext<z.output<typeof droughtOptions>>,
): Promise<PreparedData> {
  const prepared = await prepareData(ctx.data, NAMES);
  if (ctx.data.precipitation !== undefined) await extentOf(ctx.data.precipitation, prepared.identity);
  return prepared;
}

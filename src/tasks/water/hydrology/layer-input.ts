/** A watershed, or the word that all watersheds of data.mws are meant. */
import { z } from 'zod';
import { watershedInput } from '../mws/mws-row.js';

export const layerOrWatershed = watershedInput.extend({
  /** Of a single job, such as one that a schedule adds. */
  layer: z.literal('mws').nullish(),
});

export type LayerOrWatershed = z.output<typeof layerOrWatershed>;

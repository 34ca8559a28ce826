/** A flag that reads `90s`, `10m`, `2h` into milliseconds. */
import { Flags } from '@oclif/core';
import { parseDuration } from '../core/duration.js';

export const durationFlag = Flags.custom<number>({
  helpValue: 'DURATION',
  parse: async (text) => parseDuration(text),
});

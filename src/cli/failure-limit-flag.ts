/** A flag that reads a number of failures, `20`, or a share of the rows, `5%`. */
import { Flags } from '@oclif/core';
import { UsageError } from '../core/error.js';

export const failureLimitFlag = Flags.custom<{ count: number; percent: boolean }>({
  helpValue: 'N|P%',
  parse: async (text) => {
    const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim());
    if (match === null) {
      throw new UsageError(`--max-failures ${text}: expected a number of rows (20) or a share (5%)`, {
        code: 'FLAG_INVALID',
      });
    }
    return { count: Number(match[1]), percent: match[2] === '%' };
  },
});

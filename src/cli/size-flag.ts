/** A flag that reads `512M`, `2GB`, `1.5GiB` into bytes. */
import { Flags } from '@oclif/core';
import { parseSize } from '../config/size.js';
import { UsageError } from '../core/error.js';

export const sizeFlag = Flags.custom<number>({
  helpValue: 'SIZE',
  parse: async (text) => {
    const bytes = parseSize(text);
    if (bytes === undefined || bytes === 0) {
      throw new UsageError(`"${text}" is not a size; expected a number and a unit, such as 512M or 2GB`, {
        code: 'SIZE_INVALID',
        details: { found: text },
      });
    }
    return bytes;
  },
});

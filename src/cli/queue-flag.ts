/** A flag that reads a queue and, after a colon, how many of its jobs run at once: `reports`, `reports:4`. */
import { Flags } from '@oclif/core';
import { UsageError } from '../core/error.js';

export const queueFlag = Flags.custom<{ name: string; concurrency: number | undefined }>({
  helpValue: 'QUEUE[:N]',
  parse: async (text) => {
    const match = /^([^:\s]+)(?::([1-9]\d*))?$/.exec(text);
    if (match === null) {
      throw new UsageError(
        `--queue ${text}: expected a queue and, after a colon, a number: reports or reports:4`,
        {
          code: 'FLAG_INVALID',
        },
      );
    }
    return { name: match[1]!, concurrency: match[2] === undefined ? undefined : Number(match[2]) };
  },
});

/** A flag that reads a port of this machine, `9090`, or a host and a port: `0.0.0.0:9090`, `[::1]:9090`. */
import { Flags } from '@oclif/core';
import { UsageError } from '../core/error.js';

export interface Address {
  host: string;
  port: number;
}

const MOST_PORT = 65_535;

export const addressFlag = Flags.custom<Address>({
  helpValue: '[HOST:]PORT',
  parse: async (text) => {
    const match = /^(?:(\[[0-9a-f:]+\]|[^\s:[\]]+):)?(\d{1,5})$/i.exec(text);
    const port = Number(match?.[2]);
    if (match === null || port > MOST_PORT) {
      throw new UsageError(
        `"${text}" is no address; expected a port, or a host and a port: 9090 or 0.0.0.0:9090`,
        {
          code: 'ADDRESS_INVALID',
          details: { found: text },
        },
      );
    }
    return { host: (match[1] ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port };
  },
});

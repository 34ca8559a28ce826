/** A flag that reads a time into epoch ms: `2026-11-20`, `2026-11-20T02:00`, `2026-11-20T02:00:00+05:30`. */
import { Flags } from '@oclif/core';
import { UsageError } from '../core/error.js';

const MOMENT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** Without an offset it is UTC, never the zone of the machine. */
export const momentFlag = Flags.custom<number>({
  helpValue: 'TIME',
  parse: async (text) => {
    const match = MOMENT.exec(text);
    const isBare = match !== null && text.includes('T') && match[1] === undefined;
    const atMs = match === null ? Number.NaN : Date.parse(isBare ? `${text}Z` : text);
    if (Number.isNaN(atMs)) {
      throw new UsageError(
        `"${text}" is not a time; expected a date, or a date and a time, such as 2026-11-20T02:00 (UTC) or 2026-11-20T02:00+05:30`,
        { code: 'TIME_INVALID', details: { found: text } },
      );
    }
    return atMs;
  },
});

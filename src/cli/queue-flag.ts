/** A flag that reads a queue and, after a colon, how many of its jobs run at once: `reports`, `reports:4`. */
import { Flags } from '@oclif/core';
import { UsageError } from '../core/error.js';

export interface QueueSlots {
  name: string;
  concurrency: number | undefined;
}

export const queueFlag = Flags.custom<QueueSlots>({
  helpValue: 'QUEUE[:N]',
  parse: async (text) => parseQueue('--queue', text),
});

/** `where` it stood, for the message. @throws {UsageError} FLAG_INVALID */
export function parseQueue(where: string, text: string): QueueSlots {
  const match = /^([^:\s]+)(?::([1-9]\d*))?$/.exec(text);
  if (match === null) {
    throw new UsageError(
      `${where} ${text}: expected a queue and, after a colon, a number: reports or reports:4`,
      {
        code: 'FLAG_INVALID',
      },
    );
  }
  return { name: match[1]!, concurrency: match[2] === undefined ? undefined : Number(match[2]) };
}

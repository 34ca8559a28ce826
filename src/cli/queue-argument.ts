/** The queue that a command is about. */
import { Args } from '@oclif/core';

export const queueArgument = Args.string({
  ignoreStdin: true,
  description: 'Name of the queue (see: jobs queue list)',
  required: true,
});

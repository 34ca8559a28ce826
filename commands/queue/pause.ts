import { Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { durationFlag } from '../../src/cli/duration-flag.js';
import { queueArgument } from '../../src/cli/queue-argument.js';
import { formatDuration } from '../../src/core/duration.js';

export default class QueuePause extends BaseCommand {
  static override summary = 'Pause a queue: no worker starts another job of it; what runs goes on';
  static override examples = [
    '<%= config.bin %> queue pause reports',
    '<%= config.bin %> queue pause reports --for 30m --reason "the provider is down"',
  ];
  static override args = { queue: queueArgument };
  static override flags = {
    for: durationFlag({
      description: 'Go on by itself after this long (default: when it is resumed)',
      env: 'JOBS_FOR',
    }),
    reason: Flags.string({ description: 'Why, for whoever looks', env: 'JOBS_REASON' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(QueuePause);
    const reason = flags.reason ?? null;
    await this.withToolkit(flags, async (toolkit) => {
      await toolkit.queueControl.pause(args.queue, { forMs: flags.for, reason });
      this.print(flags, { queue: args.queue, paused: true, forMs: flags.for ?? null, reason }, () => {
        const end =
          flags.for === undefined
            ? `; to go on: jobs queue resume ${args.queue}`
            : ` for ${formatDuration(flags.for)}`;
        return `${args.queue} is paused${end}`;
      });
    });
  }
}

import { Args } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { queueArgument } from '../../src/cli/queue-argument.js';
import { limitText } from '../../src/cli/queue-view.js';
import { parseRate } from '../../src/core/rate.js';

export default class QueueLimit extends BaseCommand {
  static override summary = 'Set how many jobs of a queue begin per duration, over all workers';
  static override description =
    `At once, and for workers that start later too: it holds over the config's own limit.
The same limit as the config's gives the queue back to the config.`;
  static override examples = [
    '<%= config.bin %> queue limit reports 60/m',
    '<%= config.bin %> queue limit reports none',
  ];
  static override args = {
    queue: queueArgument,
    rate: Args.string({
      ignoreStdin: true,
      description: 'Jobs per duration, such as 60/m, 10/s or 100/10m, or none',
      required: true,
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(QueueLimit);
    const rate = parseRate(args.rate);
    await this.withToolkit(flags, async (toolkit) => {
      await toolkit.queueControl.limit(args.queue, rate);
      const limit = limitText(rate ?? null);
      this.print(flags, { queue: args.queue, limit }, () =>
        limit === null ? `${args.queue} has no rate limit` : `${args.queue} starts at most ${limit}`,
      );
    });
  }
}

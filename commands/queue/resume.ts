import { BaseCommand } from '../../src/cli/base-command.js';
import { queueArgument } from '../../src/cli/queue-argument.js';

export default class QueueResume extends BaseCommand {
  static override summary = 'Let a paused queue go on';
  static override examples = ['<%= config.bin %> queue resume reports'];
  static override args = { queue: queueArgument };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(QueueResume);
    await this.withToolkit(flags, async (toolkit) => {
      const wasPaused = await toolkit.queueControl.resume(args.queue);
      this.print(flags, { queue: args.queue, paused: false, wasPaused }, () =>
        wasPaused ? `${args.queue} goes on` : `${args.queue} was not paused`,
      );
    });
  }
}

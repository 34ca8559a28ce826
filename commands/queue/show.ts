import { BaseCommand } from '../../src/cli/base-command.js';
import { queueArgument } from '../../src/cli/queue-argument.js';
import { queueDetailJson, renderQueue } from '../../src/cli/queue-view.js';

export default class QueueShow extends BaseCommand {
  static override summary = 'Show one queue: its jobs by state, its limits, who has paused it and why';
  static override examples = ['<%= config.bin %> queue show reports'];
  static override args = { queue: queueArgument };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(QueueShow);
    await this.withToolkit(flags, async (toolkit) => {
      const queue = await toolkit.queueControl.show(args.queue);
      this.print(flags, queueDetailJson(queue), () => renderQueue(queue));
    });
  }
}

import { BaseCommand } from '../../src/cli/base-command.js';
import { queueJson, renderQueues } from '../../src/cli/queue-view.js';

export default class QueueList extends BaseCommand {
  static override summary = 'List the queues: what waits, runs and failed, who serves them, how fast';
  static override examples = ['<%= config.bin %> queue list', '<%= config.bin %> queue list --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(QueueList);
    await this.withToolkit(flags, async (toolkit) => {
      const queues = await toolkit.queueControl.list();
      this.print(flags, queues.map(queueJson), () => renderQueues(queues));
    });
  }
}

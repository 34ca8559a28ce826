import { BaseCommand } from '../../src/cli/base-command.js';
import { renderWorkers, toListed } from '../../src/cli/workers-view.js';

export default class WorkerList extends BaseCommand {
  static override summary = 'List the workers of all machines, what they run, and those that were lost';
  static override description =
    `A worker is lost when it has not said for 15 seconds that it is alive; what it ran is run again by others.
A line with ! names a worker whose task code is not that of an open batch.`;
  static override examples = ['<%= config.bin %> worker list', '<%= config.bin %> worker list --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(WorkerList);
    await this.withLedger(flags, async (toolkit) => {
      const workers = (await toolkit.workerControl.list()).map(toListed);
      this.print(flags, workers, () => renderWorkers(workers));
    });
  }
}

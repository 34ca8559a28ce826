import { Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { batchFacts, renderBatches } from '../../src/cli/batch-view.js';

export default class BatchList extends BaseCommand {
  static override summary = 'List batches, newest first';
  static override examples = [
    '<%= config.bin %> batch list',
    '<%= config.bin %> batch list --task desilting --json',
  ];
  static override flags = {
    task: Flags.string({ description: 'Only batches of this task', env: 'JOBS_TASK' }),
    limit: Flags.integer({ description: 'At most this many', default: 20, min: 1, env: 'JOBS_LIMIT' }),
    ids: Flags.boolean({ description: 'Only ids, one a line', env: 'JOBS_IDS' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(BatchList);
    await this.withLedger(flags, async (toolkit) => {
      const batches = await toolkit.batches({ limit: flags.limit, task: flags.task });
      this.print(flags, batches.map(batchFacts), () =>
        flags.ids ? batches.map(({ id }) => id).join('\n') : renderBatches(batches),
      );
    });
  }
}

import { Args } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { batchDetail, renderBatch } from '../../src/cli/batch-view.js';

export default class BatchShow extends BaseCommand {
  static override summary = 'Show one batch: its counts, where its rows came from, its outputs';
  static override examples = ['<%= config.bin %> batch show b_01j9x2k4q8m3n5p7'];
  static override args = {
    id: Args.string({ ignoreStdin: true, description: 'Batch id (see: jobs batch list)', required: true }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(BatchShow);
    await this.withLedger(flags, async (toolkit) => {
      const detail = await batchDetail(toolkit, args.id);
      this.print(flags, detail, () => renderBatch(detail));
    });
  }
}

import { Args } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { durationFlag } from '../../src/cli/duration-flag.js';
import { waitView } from '../../src/cli/enqueue-view.js';

export default class BatchWait extends BaseCommand {
  static override summary = 'Wait until a batch has ended';
  static override examples = ['<%= config.bin %> batch wait b_01j9x2k4q8m3n5p7 --timeout 10m'];
  static override args = {
    id: Args.string({ ignoreStdin: true, description: 'Batch id (see: jobs batch list)', required: true }),
  };
  static override flags = {
    timeout: durationFlag({ description: 'Stop waiting after this long (exit 124)', env: 'JOBS_TIMEOUT' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(BatchWait);
    await this.withLedger(flags, async (toolkit) => {
      process.exitCode = await waitView(toolkit, args.id, flags);
    });
  }
}

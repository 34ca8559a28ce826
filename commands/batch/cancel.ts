import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { confirm } from '../../src/cli/confirm.js';
import { plural } from '../../src/core/text.js';

export default class BatchCancel extends BaseCommand {
  static override summary = 'Cancel the rows of a batch that have not ended';
  static override examples = ['<%= config.bin %> batch cancel b_01j9x2k4q8m3n5p7 --yes'];
  static override args = {
    id: Args.string({ ignoreStdin: true, description: 'Batch id (see: jobs batch list)', required: true }),
  };
  static override flags = {
    'dry-run': Flags.boolean({
      description: 'Say how many rows would be cancelled',
      default: false,
      env: 'JOBS_DRY_RUN',
    }),
    yes: Flags.boolean({ description: 'Do not ask', env: 'JOBS_YES' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(BatchCancel);
    await this.withLedger(flags, async (toolkit) => {
      const { counts, state } = await toolkit.batch(args.id);
      const hasEnded = state === 'finished' || state === 'cancelled';
      const open = hasEnded ? 0 : (counts.pending ?? 0);
      if (!flags['dry-run'] && open > 0) await confirm(`Cancel ${plural(open, 'row')} of ${args.id}?`, flags);
      const cancelled = flags['dry-run'] ? open : ((await toolkit.cancel(args.id, 'cancelled by hand')) ?? 0);
      this.print(flags, { batch: args.id, cancelled, dryRun: flags['dry-run'] }, () => {
        if (hasEnded) return `${args.id} is ${state} already; there is nothing to cancel`;
        return flags['dry-run']
          ? `${plural(open, 'row')} would be cancelled`
          : `${plural(cancelled, 'row')} cancelled`;
      });
    });
  }
}

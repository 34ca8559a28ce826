import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { renderRetry } from '../../src/cli/dlq-view.js';

export default class BatchRetry extends BaseCommand {
  static override summary = 'Run the failed and the cancelled rows of a batch again';
  static override description =
    'The batch is open again, and finishes once more after the last of them. Rows that are invalid are corrected in the file and run with jobs run.';
  static override examples = [
    '<%= config.bin %> batch retry b_01j9x2k4q8m3n5p7',
    '<%= config.bin %> batch retry b_01j9x2k4q8m3n5p7 --failed',
  ];
  static override args = {
    id: Args.string({ ignoreStdin: true, description: 'Batch id (see: jobs batch list)', required: true }),
  };
  static override flags = {
    failed: Flags.boolean({ description: 'Only rows that failed', env: 'JOBS_FAILED' }),
    'dry-run': Flags.boolean({
      description: 'Say how many rows would run again',
      default: false,
      env: 'JOBS_DRY_RUN',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(BatchRetry);
    await this.withToolkit(flags, async ({ deadLetters }) => {
      const report = await deadLetters.retryBatch(args.id, {
        failedOnly: flags.failed,
        dryRun: flags['dry-run'],
      });
      this.print(flags, report, () => renderRetry(report));
    });
  }
}

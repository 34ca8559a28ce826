import { Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { confirm } from '../../src/cli/confirm.js';
import { queueArgument } from '../../src/cli/queue-argument.js';
import { plural } from '../../src/core/text.js';

export default class QueueDrain extends BaseCommand {
  static override summary = 'Take every job that has not begun out of a queue, delayed ones too';
  static override description =
    `What runs goes on. Rows of batches end as cancelled, so that their batches can end.`;
  static override examples = [
    '<%= config.bin %> queue drain reports --dry-run',
    '<%= config.bin %> queue drain reports --yes',
  ];
  static override args = { queue: queueArgument };
  static override flags = {
    'dry-run': Flags.boolean({
      description: 'Say how many jobs would go',
      default: false,
      env: 'JOBS_DRY_RUN',
    }),
    yes: Flags.boolean({ description: 'Do not ask', env: 'JOBS_YES' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(QueueDrain);
    const dryRun = flags['dry-run'];
    await this.withToolkit(flags, async ({ queueControl }) => {
      const found = await queueControl.drain(args.queue, { dryRun: true });
      if (!dryRun && found.jobs > 0)
        await confirm(`Take ${plural(found.jobs, 'job')} out of ${args.queue}?`, flags);
      const { jobs, rows } = dryRun ? found : await queueControl.drain(args.queue, { dryRun });
      this.print(flags, { queue: args.queue, removed: jobs, rowsCancelled: rows, dryRun }, () =>
        dryRun
          ? `${plural(jobs, 'job')} would go`
          : `${plural(jobs, 'job')} taken out, ${plural(rows ?? 0, 'row')} cancelled`,
      );
    });
  }
}

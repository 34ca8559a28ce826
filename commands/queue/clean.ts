import { Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { confirm } from '../../src/cli/confirm.js';
import { durationFlag } from '../../src/cli/duration-flag.js';
import { queueArgument } from '../../src/cli/queue-argument.js';
import { formatDuration } from '../../src/core/duration.js';
import { plural } from '../../src/core/text.js';

export default class QueueClean extends BaseCommand {
  static override summary = 'Forget jobs of a queue that ended long ago';
  static override description =
    'Failed jobs go with their dead letters, and cannot be replayed then. Rows and their results stay in the ledger.';
  static override examples = [
    '<%= config.bin %> queue clean reports --state completed --older 7d --yes',
    '<%= config.bin %> queue clean reports --state failed --older 30d --dry-run',
  ];
  static override args = { queue: queueArgument };
  static override flags = {
    state: Flags.option({
      description: 'How the jobs ended',
      options: ['completed', 'failed'] as const,
      required: true,
      env: 'JOBS_STATE',
    })(),
    older: durationFlag({
      description: 'Only jobs that ended longer ago than this',
      required: true,
      env: 'JOBS_OLDER',
    }),
    'dry-run': Flags.boolean({
      description: 'Say how many jobs would go',
      default: false,
      env: 'JOBS_DRY_RUN',
    }),
    yes: Flags.boolean({ description: 'Do not ask', env: 'JOBS_YES' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(QueueClean);
    const { state, older: olderMs, 'dry-run': dryRun } = flags;
    await this.withToolkit(flags, async ({ queueControl }) => {
      const found = await queueControl.clean(args.queue, { state, olderMs, dryRun: true });
      const what = `${plural(found.jobs, `${state} job`)} older than ${formatDuration(olderMs)}`;
      const letters = state === 'failed' ? ', with their dead letters' : '';
      if (!dryRun && found.jobs > 0) await confirm(`Forget ${what} of ${args.queue}${letters}?`, flags);
      const { jobs, deadLetters } = dryRun
        ? found
        : await queueControl.clean(args.queue, { state, olderMs, dryRun });
      this.print(flags, { queue: args.queue, state, removed: jobs, deadLetters, dryRun }, () => {
        if (dryRun) return `${what} would go${letters}`;
        const gone = state === 'failed' ? `, and ${plural(deadLetters ?? 0, 'dead letter')}` : '';
        return `${plural(jobs, `${state} job`)} forgotten${gone}`;
      });
    });
  }
}

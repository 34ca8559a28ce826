import { Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { confirmCount } from '../../src/cli/confirm.js';
import { groupFlag, letterFlags, toSelection } from '../../src/cli/dlq-flags.js';
import { plural } from '../../src/core/text.js';

export default class DlqPurge extends BaseCommand {
  static override summary = 'Remove dead letters and their failed jobs; rows stay failed';
  static override description =
    'All of them, when nothing says which. Asks for their number to be typed, unless --yes is given.';
  static override examples = [
    '<%= config.bin %> dlq purge --older 30d',
    '<%= config.bin %> dlq purge --group 3f9a1c22b07e --dry-run',
  ];
  static override flags = {
    ...letterFlags,
    group: groupFlag,
    'dry-run': Flags.boolean({
      description: 'Say how many would be removed',
      default: false,
      env: 'JOBS_DRY_RUN',
    }),
    yes: Flags.boolean({ description: 'Do not ask', env: 'JOBS_YES' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(DlqPurge);
    const dryRun = flags['dry-run'];
    const selection = toSelection(flags);
    await this.withToolkit(flags, async ({ deadLetters }) => {
      const count = await deadLetters.count(selection);
      if (!dryRun && count > 0)
        await confirmCount(`Remove ${plural(count, 'dead letter')} for good?`, count, flags);
      const purged = dryRun ? count : await deadLetters.purge(selection);
      this.print(flags, { purged, dryRun }, () =>
        dryRun
          ? `${plural(purged, 'dead letter')} would be removed`
          : `${plural(purged, 'dead letter')} removed`,
      );
    });
  }
}

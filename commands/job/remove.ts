import { Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { confirmJobs, eachJob, idsArg, readIds } from '../../src/cli/job-ids.js';
import { renderChanges } from '../../src/cli/job-view.js';

export default class JobRemove extends BaseCommand {
  static override summary = 'Remove ended or waiting jobs with all that is known of them';
  static override description =
    `The rows of a batch stay, as its counts must add up: cancel them instead. So does a job that runs.`;
  static override examples = ['<%= config.bin %> job remove j_01j9x2k4q8m3n5p7 --yes'];
  static override strict = false;
  static override args = idsArg;
  static override flags = {
    'dry-run': Flags.boolean({
      description: 'Say what would be removed',
      default: false,
      env: 'JOBS_DRY_RUN',
    }),
    yes: Flags.boolean({ description: 'Do not ask', env: 'JOBS_YES' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(JobRemove);
    const ids = await readIds(argv.map(String));
    const dryRun = flags['dry-run'];
    if (!dryRun) await confirmJobs('Remove', ids, flags);
    await this.withToolkit(flags, async (toolkit) => {
      const { outcomes, exitCode } = await eachJob(ids, async (id) => ({
        ...(await toolkit.jobs.remove(id, { dryRun })),
        dryRun,
      }));
      this.print(flags, outcomes, () => renderChanges(outcomes, dryRun ? 'would be removed' : 'removed'));
      process.exitCode = exitCode;
    });
  }
}

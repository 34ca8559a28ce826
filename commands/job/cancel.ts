import { Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { confirmJobs, eachJob, idsArg, readIds } from '../../src/cli/job-ids.js';
import { renderCancels } from '../../src/cli/job-view.js';

export default class JobCancel extends BaseCommand {
  static override summary =
    'Cancel jobs: waiting ones leave the queue, running ones are stopped within two seconds';
  static override description =
    `A cancelled row is counted in its batch. Jobs that wait for a cancelled one (in a chain or a chord) are cancelled with it.`;
  static override examples = [
    '<%= config.bin %> job cancel b_01j9x2k4q8m3n5p7-17 --yes',
    '<%= config.bin %> job list --queue reports --ids | <%= config.bin %> job cancel - --yes',
  ];
  static override strict = false;
  static override args = idsArg;
  static override flags = {
    reason: Flags.string({
      description: 'Kept with the job',
      default: 'cancelled by hand',
      env: 'JOBS_REASON',
    }),
    'dry-run': Flags.boolean({
      description: 'Say what would be cancelled',
      default: false,
      env: 'JOBS_DRY_RUN',
    }),
    yes: Flags.boolean({ description: 'Do not ask', env: 'JOBS_YES' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(JobCancel);
    const ids = await readIds(argv.map(String));
    const dryRun = flags['dry-run'];
    if (!dryRun) await confirmJobs('Cancel', ids, flags);
    await this.withToolkit(flags, async (toolkit) => {
      const { outcomes, exitCode } = await eachJob(ids, async (id) => ({
        ...(await toolkit.jobs.cancel(id, { reason: flags.reason, dryRun })),
        dryRun,
      }));
      this.print(flags, outcomes, () => renderCancels(outcomes, dryRun));
      process.exitCode = exitCode;
    });
  }
}

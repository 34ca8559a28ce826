import { BaseCommand } from '../../src/cli/base-command.js';
import { eachJob, idsArg, readIds } from '../../src/cli/job-ids.js';
import { renderChanges } from '../../src/cli/job-view.js';

export default class JobPromote extends BaseCommand {
  static override summary = 'Let delayed jobs run now';
  static override description =
    'A job that waits for the turn of a rate limit goes back to waiting for it: the limit holds.';
  static override examples = ['<%= config.bin %> job promote b_01j9x2k4q8m3n5p7-17'];
  static override strict = false;
  static override args = idsArg;

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(JobPromote);
    const ids = await readIds(argv.map(String));
    await this.withToolkit(flags, async (toolkit) => {
      const { outcomes, exitCode } = await eachJob(ids, (id) => toolkit.jobs.promote(id));
      this.print(flags, outcomes, () => renderChanges(outcomes, 'may run now'));
      process.exitCode = exitCode;
    });
  }
}

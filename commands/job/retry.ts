import { BaseCommand } from '../../src/cli/base-command.js';
import { eachJob, idsArg, readIds } from '../../src/cli/job-ids.js';
import { renderChanges } from '../../src/cli/job-view.js';

export default class JobRetry extends BaseCommand {
  static override summary = 'Run failed jobs again, with all their attempts';
  static override description =
    'The same as jobs dlq replay of their ids: a row is counted as open again, and its batch finishes once more.';
  static override examples = [
    '<%= config.bin %> job retry b_01j9x2k4q8m3n5p7-17',
    '<%= config.bin %> job list --queue reports --state failed --ids | <%= config.bin %> job retry -',
  ];
  static override strict = false;
  static override args = idsArg;

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(JobRetry);
    const ids = await readIds(argv.map(String));
    await this.withToolkit(flags, async (toolkit) => {
      const { outcomes, exitCode } = await eachJob(ids, (id) => toolkit.jobs.retry(id));
      this.print(flags, outcomes, () => renderChanges(outcomes, 'runs again'));
      process.exitCode = exitCode;
    });
  }
}

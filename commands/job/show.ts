import { BaseCommand } from '../../src/cli/base-command.js';
import { oneIdArg } from '../../src/cli/job-ids.js';
import { renderJob } from '../../src/cli/job-view.js';

export default class JobShow extends BaseCommand {
  static override summary =
    'Show one job: its row, its attempts and their errors, the retries to come, its result';
  static override examples = ['<%= config.bin %> job show b_01j9x2k4q8m3n5p7-17'];
  static override args = oneIdArg;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(JobShow);
    await this.withToolkit(flags, async (toolkit) => {
      const job = await toolkit.jobs.show(args.id);
      this.print(flags, job, () => renderJob(job));
    });
  }
}

import { BaseCommand } from '../../src/cli/base-command.js';
import { oneIdArg } from '../../src/cli/job-ids.js';
import { renderWhy } from '../../src/cli/job-view.js';

export default class JobWhy extends BaseCommand {
  static override summary = 'Say what a job waits for, where it runs, or how it ended';
  static override description =
    `Names a delay and until when, a rate limit, a paused queue and by whom, a queue without a worker, busy workers,
a limit of jobs at once, the jobs before it, the job that was there in its place; or says that it could run now.`;
  static override examples = ['<%= config.bin %> job why b_01j9x2k4q8m3n5p7-17'];
  static override args = oneIdArg;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(JobWhy);
    await this.withToolkit(flags, async (toolkit) => {
      const why = await toolkit.jobs.why(args.id);
      this.print(flags, why, () => renderWhy(why));
    });
  }
}

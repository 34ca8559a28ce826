import { BaseCommand } from '../../src/cli/base-command.js';
import { durationFlag } from '../../src/cli/duration-flag.js';
import { oneIdArg } from '../../src/cli/job-ids.js';
import { waitForJobView } from '../../src/cli/wait-for-job-view.js';

export default class JobWait extends BaseCommand {
  static override summary = 'Wait until a job has ended, and print its result';
  static override description =
    'Exits 0 when it completed, 5 when it failed or was cancelled, 124 when the time was over.';
  static override examples = ['<%= config.bin %> job wait j_01j9x2k4q8m3n5p7 --timeout 10m --json'];
  static override args = oneIdArg;
  static override flags = {
    timeout: durationFlag({ description: 'Stop waiting after this long (exit 124)', env: 'JOBS_TIMEOUT' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(JobWait);
    await this.withToolkit(flags, async (toolkit) => {
      process.exitCode = await waitForJobView(toolkit, { id: args.id }, flags);
    });
  }
}

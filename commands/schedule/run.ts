import { Args } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { renderRun } from '../../src/cli/schedule-view.js';

export default class ScheduleRunNow extends BaseCommand {
  static override summary = 'Add the job of a schedule now, beside its times';
  static override examples = ['<%= config.bin %> schedule run nightly-cleanup'];
  static override args = {
    name: Args.string({
      ignoreStdin: true,
      description: 'Schedule (see: jobs schedule list)',
      required: true,
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ScheduleRunNow);
    await this.withToolkit(flags, async (toolkit) => {
      const run = await toolkit.schedules.runNow(args.name);
      const { schedule, jobId: job, queue, at } = run;
      this.print(flags, { schedule, job, queue, at }, () => renderRun(run));
    });
  }
}

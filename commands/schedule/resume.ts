import { Args } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { pauseJson, renderPause } from '../../src/cli/schedule-view.js';

export default class ScheduleResume extends BaseCommand {
  static override summary = 'Go on with a paused schedule, from its next time';
  static override examples = ['<%= config.bin %> schedule resume nightly-cleanup'];
  static override args = {
    name: Args.string({
      ignoreStdin: true,
      description: 'Schedule (see: jobs schedule list)',
      required: true,
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ScheduleResume);
    await this.withLedger(flags, async (toolkit) => {
      const schedule = await toolkit.schedules.resume(args.name);
      this.print(flags, pauseJson(schedule), () => renderPause(schedule));
    });
  }
}

import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { pauseJson, renderPause } from '../../src/cli/schedule-view.js';

export default class SchedulePause extends BaseCommand {
  static override summary = 'Let the times of a schedule pass, until it is resumed';
  static override examples = [
    '<%= config.bin %> schedule pause nightly-cleanup --reason "disk is being moved"',
  ];
  static override args = {
    name: Args.string({
      ignoreStdin: true,
      description: 'Schedule (see: jobs schedule list)',
      required: true,
    }),
  };
  static override flags = {
    reason: Flags.string({ description: 'Why, for those who come after', env: 'JOBS_REASON' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SchedulePause);
    await this.withLedger(flags, async (toolkit) => {
      const schedule = await toolkit.schedules.pause(args.name, flags.reason ?? null);
      this.print(flags, pauseJson(schedule), () => renderPause(schedule));
    });
  }
}

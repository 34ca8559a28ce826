import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { comingJson, renderComing } from '../../src/cli/schedule-view.js';

export default class ScheduleNext extends BaseCommand {
  static override summary = 'Show the times that come next, with what changes of the clocks do to them';
  static override examples = [
    '<%= config.bin %> schedule next',
    '<%= config.bin %> schedule next nightly-cleanup -n 30',
  ];
  static override args = {
    name: Args.string({ ignoreStdin: true, description: 'Schedule (default: all of them together)' }),
  };
  static override flags = {
    count: Flags.integer({
      char: 'n',
      description: 'How many times',
      default: 10,
      min: 1,
      max: 1000,
      env: 'JOBS_COUNT',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ScheduleNext);
    await this.withLedger(flags, async (toolkit) => {
      const coming = await toolkit.schedules.next({ name: args.name, count: flags.count });
      this.print(flags, comingJson(coming), () => renderComing(coming, Date.now()));
    });
  }
}

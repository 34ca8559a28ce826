import { BaseCommand } from '../../src/cli/base-command.js';
import { renderSchedules, scheduleJson } from '../../src/cli/schedule-view.js';

export default class ScheduleList extends BaseCommand {
  static override summary = 'List schedules: when they run, when they ran, and how late';
  static override examples = ['<%= config.bin %> schedule list', '<%= config.bin %> schedule list --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(ScheduleList);
    await this.withLedger(flags, async (toolkit) => {
      const schedules = await toolkit.schedules.list();
      this.print(flags, schedules.map(scheduleJson), () => renderSchedules(schedules));
    });
  }
}

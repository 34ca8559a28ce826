import { BaseCommand } from '../../src/cli/base-command.js';
import { renderPlan } from '../../src/cli/schedule-view.js';

export default class SchedulePlan extends BaseCommand {
  static override summary = "Show how the config's schedules differ from those that are applied";
  static override examples = ['<%= config.bin %> schedule plan'];

  async run(): Promise<void> {
    const { flags } = await this.parse(SchedulePlan);
    await this.withLedger(flags, async (toolkit) => {
      const plan = await toolkit.schedules.plan();
      this.print(flags, plan, () => renderPlan(plan, { isDone: false, prunes: false }));
    });
  }
}

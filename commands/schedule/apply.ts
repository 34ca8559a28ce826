import { Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { confirm } from '../../src/cli/confirm.js';
import { renderPlan } from '../../src/cli/schedule-view.js';
import { plural } from '../../src/core/text.js';

export default class ScheduleApply extends BaseCommand {
  static override summary = 'Make the schedules those of the config';
  static override description = `Workers add the jobs of what is applied; nothing is applied by itself.
What the config names no more stays, unless --prune is given and this config has applied it.`;
  static override examples = [
    '<%= config.bin %> schedule apply',
    '<%= config.bin %> schedule apply --prune --dry-run',
  ];
  static override flags = {
    prune: Flags.boolean({
      description: 'Remove what this config applied before and names no more',
      default: false,
      env: 'JOBS_PRUNE',
    }),
    'dry-run': Flags.boolean({ description: 'Say what would be done', default: false, env: 'JOBS_DRY_RUN' }),
    yes: Flags.boolean({ description: 'Do not ask', env: 'JOBS_YES' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ScheduleApply);
    const { prune, 'dry-run': dryRun } = flags;
    await this.withLedger(flags, async (toolkit) => {
      let plan = await toolkit.schedules.plan();
      const removed = prune ? plan.prune.length : 0;
      const taken = plan.change.filter(({ takenFrom }) => takenFrom !== null).length;
      if (!dryRun && removed + taken > 0) {
        const questions = [
          removed > 0 ? `remove ${plural(removed, 'schedule')}` : '',
          taken > 0 ? `take over ${plural(taken, 'schedule')} of another config` : '',
        ];
        await confirm(`This will ${questions.filter((one) => one !== '').join(' and ')}. Go on?`, flags);
      }
      if (!dryRun) plan = await toolkit.schedules.apply({ prune });
      this.print(flags, { dryRun, prunes: prune, ...plan }, () =>
        renderPlan(plan, { isDone: !dryRun, prunes: prune }),
      );
    });
  }
}

import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { confirm } from '../../src/cli/confirm.js';
import { momentFlag } from '../../src/cli/moment-flag.js';
import { plural } from '../../src/core/text.js';

export default class ScheduleBackfill extends BaseCommand {
  static override summary = 'Make up for past times of a schedule that had no job';
  static override description =
    'Workers add the jobs, oldest first and one after another; all at once when runs of the schedule may overlap.';
  static override examples = [
    '<%= config.bin %> schedule backfill nightly-cleanup --from 2026-11-01 --to 2026-11-08T00:00+05:30',
  ];
  static override args = {
    name: Args.string({
      ignoreStdin: true,
      description: 'Schedule (see: jobs schedule list)',
      required: true,
    }),
  };
  static override flags = {
    from: momentFlag({
      description: 'First time (UTC, unless it has an offset)',
      required: true,
      env: 'JOBS_FROM',
    }),
    to: momentFlag({ description: 'Last time, included', required: true, env: 'JOBS_TO' }),
    'dry-run': Flags.boolean({ description: 'Only say which times', default: false, env: 'JOBS_DRY_RUN' }),
    yes: Flags.boolean({ description: 'Do not ask', env: 'JOBS_YES' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ScheduleBackfill);
    const { 'dry-run': dryRun } = flags;
    const window = { fromMs: flags.from, toMs: flags.to };
    await this.withLedger(flags, async (toolkit) => {
      let found = await toolkit.schedules.backfill(args.name, { ...window, dryRun: true });
      const count = found.times.length;
      if (!dryRun && count > 0) {
        await confirm(
          `Add ${plural(count, 'job')} of ${args.name}, for ${found.times[0]} to ${found.times.at(-1)}?`,
          flags,
        );
        found = await toolkit.schedules.backfill(args.name, { ...window, dryRun: false });
      }
      const { schedule, times, hasRun } = found;
      this.print(flags, { schedule, dryRun, times, hasRun }, () =>
        [
          ...times,
          `${plural(times.length, 'time')} ${dryRun ? 'would be' : ''} made up for, ${hasRun} had a job already`.replace(
            '  ',
            ' ',
          ),
        ].join('\n'),
      );
    });
  }
}

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { jobLines, renderJobs } from '../../src/cli/job-view.js';
import { JOB_STATES } from '../../src/queue/inspect.js';

export default class JobList extends BaseCommand {
  static override summary = 'List the jobs of a queue that are in one state, a page at a time';
  static override description =
    `Waiting jobs come in the order in which they will run, delayed ones by their time, ended ones newest first.
Rows that completed are not in the queue any more: jobs batch log has them.`;
  static override examples = [
    '<%= config.bin %> job list --queue reports',
    '<%= config.bin %> job list --queue reports --state delayed --limit 100',
    '<%= config.bin %> job list --queue reports --state waiting --ids | <%= config.bin %> job cancel - --yes',
  ];
  static override flags = {
    queue: Flags.string({
      description: 'Queue whose jobs are listed',
      required: true,
      env: 'JOBS_QUEUE_NAME',
    }),
    state: Flags.option({
      description: 'Only jobs in this state',
      options: JOB_STATES,
      default: 'waiting',
      env: 'JOBS_STATE',
    })(),
    limit: Flags.integer({
      description: 'At most this many',
      default: 20,
      min: 1,
      max: 10_000,
      env: 'JOBS_LIMIT',
    }),
    offset: Flags.integer({
      description: 'Leave out so many before',
      default: 0,
      min: 0,
      env: 'JOBS_OFFSET',
    }),
    ids: Flags.boolean({ description: 'Only ids, one a line', env: 'JOBS_IDS' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(JobList);
    await this.withToolkit(flags, async (toolkit) => {
      const page = await toolkit.jobs.list(flags);
      if (flags.ids && !flags.json && page.jobs.length === 0) return;
      this.print(flags, jobLines(page), () =>
        flags.ids ? page.jobs.map(({ id }) => id).join('\n') : renderJobs(page, flags),
      );
    });
  }
}

import { Flags } from '@oclif/core';
import { BaseCommand } from '../src/cli/base-command.js';
import { durationFlag } from '../src/cli/duration-flag.js';
import { queueFlag } from '../src/cli/queue-flag.js';
import { workerView } from '../src/cli/worker-view.js';

export default class Worker extends BaseCommand {
  static override summary = 'Run jobs from the queues until told to stop';
  static override description =
    `Ctrl-C or TERM once: fetch nothing more, finish what runs (up to --grace), give the rest back.
Twice: end now; what ran is run again by another worker.`;
  static override examples = [
    '<%= config.bin %> worker',
    '<%= config.bin %> worker --queue reports:4 --queue waterbody',
    '<%= config.bin %> worker --drain',
  ];
  static override flags = {
    queue: queueFlag({
      description: 'Queue to serve, with how many jobs at once; repeat for more (default: all)',
      multiple: true,
      default: [],
      env: 'JOBS_WORKER_QUEUE',
    }),
    exclude: Flags.string({
      description: 'Queue not to serve',
      multiple: true,
      default: [],
      helpValue: 'QUEUE',
      env: 'JOBS_EXCLUDE',
    }),
    concurrency: Flags.integer({
      description: 'Jobs at once on each queue',
      min: 1,
      env: 'JOBS_CONCURRENCY',
    }),
    drain: Flags.boolean({ description: 'Stop when the queues are empty', env: 'JOBS_DRAIN' }),
    grace: durationFlag({
      description: 'How long running jobs may take to finish on stop [default: 30s]',
      default: async () => 30_000,
      env: 'JOBS_GRACE',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Worker);
    await this.withToolkit(flags, async (toolkit) => {
      process.exitCode = await workerView(toolkit, { ...flags, queues: flags.queue, graceMs: flags.grace });
    });
  }
}

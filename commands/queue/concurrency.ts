import { Args } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { queueArgument } from '../../src/cli/queue-argument.js';
import { UsageError } from '../../src/core/error.js';
import { plural } from '../../src/core/text.js';

export default class QueueConcurrency extends BaseCommand {
  static override summary = 'Set how many jobs of a queue run at once, over all workers';
  static override examples = [
    '<%= config.bin %> queue concurrency reports 4',
    '<%= config.bin %> queue concurrency reports none',
  ];
  static override args = {
    queue: queueArgument,
    jobs: Args.string({
      ignoreStdin: true,
      description: 'A whole number from 1, or none',
      required: true,
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(QueueConcurrency);
    const jobs = parseJobs(args.jobs);
    await this.withToolkit(flags, async (toolkit) => {
      await toolkit.queueControl.concurrency(args.queue, jobs);
      this.print(flags, { queue: args.queue, concurrency: jobs ?? null }, () =>
        jobs === undefined
          ? `${args.queue} runs as many jobs at once as its workers can`
          : `${args.queue} runs at most ${plural(jobs, 'job')} at once`,
      );
    });
  }
}

function parseJobs(text: string): number | undefined {
  if (text === 'none') return undefined;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`"${text}" is not a number of jobs; expected a whole number from 1, or none`, {
    code: 'ARGUMENT_INVALID',
    hint: 'to let nothing run: jobs queue pause QUEUE',
    details: { found: text },
  });
}

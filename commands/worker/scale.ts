import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { answerFlag, askWorkers, workerArg } from '../../src/cli/worker-wish.js';
import { renderWishes } from '../../src/cli/workers-view.js';

export default class WorkerScale extends BaseCommand {
  static override summary = 'Change how many jobs a worker runs at once on each queue';
  static override description = 'What runs beyond a smaller number goes on to its end.';
  static override examples = [
    '<%= config.bin %> worker scale w_3k 16',
    '<%= config.bin %> worker scale all 2 --queue reports',
  ];
  static override args = {
    ...workerArg,
    slots: Args.integer({ ignoreStdin: true, description: 'Jobs at once', required: true, min: 1 }),
  };
  static override flags = {
    queue: Flags.string({ description: 'Only on this queue', helpValue: 'QUEUE', env: 'JOBS_QUEUE' }),
    ...answerFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WorkerScale);
    await this.withLedger(flags, async (toolkit) => {
      const wish = { verb: 'scale', queue: flags.queue, slots: args.slots } as const;
      const { results, exitCode } = await askWorkers(toolkit, [args.worker], {
        wish,
        timeoutMs: flags.timeout,
      });
      this.print(flags, results, () => renderWishes(results, 'resized'));
      process.exitCode = exitCode;
    });
  }
}

import { Args } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { parseQueue } from '../../src/cli/queue-flag.js';
import { answerFlag, askWorkers, workerArg } from '../../src/cli/worker-wish.js';
import { renderWishes } from '../../src/cli/workers-view.js';

export default class WorkerAddQueue extends BaseCommand {
  static override summary = 'Let a worker serve another queue, until it ends';
  static override examples = ['<%= config.bin %> worker add-queue w_3k reports:4'];
  static override args = {
    ...workerArg,
    queue: Args.string({
      ignoreStdin: true,
      description: 'Queue, and after a colon how many of its jobs run at once: QUEUE[:N]',
      required: true,
    }),
  };
  static override flags = { ...answerFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WorkerAddQueue);
    const { name: queue, concurrency: slots } = parseQueue('add-queue', args.queue);
    await this.withLedger(flags, async (toolkit) => {
      const wish = { verb: 'add-queue', queue, slots } as const;
      const { results, exitCode } = await askWorkers(toolkit, [args.worker], {
        wish,
        timeoutMs: flags.timeout,
      });
      this.print(flags, results, () => renderWishes(results, 'added'));
      process.exitCode = exitCode;
    });
  }
}

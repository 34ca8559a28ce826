import { Args } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { answerFlag, askWorkers, workerArg } from '../../src/cli/worker-wish.js';
import { renderWishes } from '../../src/cli/workers-view.js';

export default class WorkerDropQueue extends BaseCommand {
  static override summary = 'Let a worker serve a queue no more; what it runs of it goes on to its end';
  static override examples = ['<%= config.bin %> worker drop-queue all reports'];
  static override args = {
    ...workerArg,
    queue: Args.string({ ignoreStdin: true, description: 'Queue', required: true }),
  };
  static override flags = { ...answerFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WorkerDropQueue);
    await this.withLedger(flags, async (toolkit) => {
      const wish = { verb: 'drop-queue', queue: args.queue } as const;
      const { results, exitCode } = await askWorkers(toolkit, [args.worker], {
        wish,
        timeoutMs: flags.timeout,
      });
      this.print(flags, results, () => renderWishes(results, 'dropped'));
      process.exitCode = exitCode;
    });
  }
}

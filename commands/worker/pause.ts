import { BaseCommand } from '../../src/cli/base-command.js';
import { answerFlag, askWorkers, workerArg } from '../../src/cli/worker-wish.js';
import { renderWishes } from '../../src/cli/workers-view.js';

export default class WorkerPause extends BaseCommand {
  static override summary = 'Let a worker begin no other job; what it runs goes on';
  static override examples = ['<%= config.bin %> worker pause w_3k', '<%= config.bin %> worker pause all'];
  static override args = workerArg;
  static override flags = { ...answerFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WorkerPause);
    await this.withLedger(flags, async (toolkit) => {
      const wish = { verb: 'pause' } as const;
      const { results, exitCode } = await askWorkers(toolkit, [args.worker], {
        wish,
        timeoutMs: flags.timeout,
      });
      this.print(flags, results, () => renderWishes(results, 'paused'));
      process.exitCode = exitCode;
    });
  }
}

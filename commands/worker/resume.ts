import { BaseCommand } from '../../src/cli/base-command.js';
import { answerFlag, askWorkers, workerArg } from '../../src/cli/worker-wish.js';
import { renderWishes } from '../../src/cli/workers-view.js';

export default class WorkerResume extends BaseCommand {
  static override summary = 'Let a paused worker take jobs again';
  static override examples = ['<%= config.bin %> worker resume w_3k', '<%= config.bin %> worker resume all'];
  static override args = workerArg;
  static override flags = { ...answerFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WorkerResume);
    await this.withLedger(flags, async (toolkit) => {
      const wish = { verb: 'resume' } as const;
      const { results, exitCode } = await askWorkers(toolkit, [args.worker], {
        wish,
        timeoutMs: flags.timeout,
      });
      this.print(flags, results, () => renderWishes(results, 'resumed'));
      process.exitCode = exitCode;
    });
  }
}

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { durationFlag } from '../../src/cli/duration-flag.js';
import { EXIT } from '../../src/cli/exit-code.js';
import { workerArg } from '../../src/cli/worker-wish.js';
import { exitCodeOfWishes, renderWishes, toWish } from '../../src/cli/workers-view.js';

const ANSWER_MS = 5_000;
const END_MS = 60_000;

export default class WorkerStop extends BaseCommand {
  static override summary = 'Stop a worker as one TERM would: what runs is finished, within its grace';
  static override description = 'With --wait, exits 124 when it has not ended in time; it goes on stopping.';
  static override examples = [
    '<%= config.bin %> worker stop w_3k --wait',
    '<%= config.bin %> worker stop all',
  ];
  static override args = workerArg;
  static override flags = {
    wait: Flags.boolean({ description: 'Wait until it has ended', env: 'JOBS_WAIT' }),
    timeout: durationFlag({
      description: 'How long to wait for its answer [default: 5s], or with --wait for its end [default: 60s]',
      env: 'JOBS_TIMEOUT',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WorkerStop);
    const deadlineMs = Date.now() + (flags.timeout ?? (flags.wait ? END_MS : ANSWER_MS));
    await this.withLedger(flags, async ({ workerControl }) => {
      const workers = await workerControl.find([args.worker]);
      const replies = await workerControl.ask(workers, { verb: 'stop' }, { deadlineMs });
      const left = flags.wait ? await workerControl.untilStopped(workers, { deadlineMs }) : [];
      const results = replies.map(toWish);
      this.print(flags, results, () => renderWishes(results, flags.wait ? 'stopped' : 'stopping'));
      for (const { id } of left) this.note(flags, `${id} has not ended yet`);
      if (left.length > 0) process.exitCode = EXIT.timeout;
      else process.exitCode = flags.wait ? EXIT.done : exitCodeOfWishes(results);
    });
  }
}

import { Args } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { EXIT } from '../../src/cli/exit-code.js';
import { readIds } from '../../src/cli/job-ids.js';
import { answerFlag } from '../../src/cli/worker-wish.js';
import { renderPing, toPing } from '../../src/cli/workers-view.js';

export default class WorkerPing extends BaseCommand {
  static override summary = 'Ask workers whether they are there';
  static override description = 'Exits 0 when all replied in time, 5 when one did not.';
  static override examples = ['<%= config.bin %> worker ping', '<%= config.bin %> worker ping w_3k'];
  static override strict = false;
  static override args = {
    worker: Args.string({
      ignoreStdin: true,
      description: 'Workers: ids or their beginnings, host:pid, all (default), -',
    }),
  };
  static override flags = { ...answerFlag };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(WorkerPing);
    const words = argv.length === 0 ? ['all'] : await readIds(argv.map(String));
    await this.withLedger(flags, async ({ workerControl }) => {
      const workers = await workerControl.find(words);
      const deadlineMs = Date.now() + flags.timeout;
      const ping = toPing(await workerControl.ask(workers, { verb: 'ping' }, { deadlineMs }));
      this.print(flags, ping, () => renderPing(ping));
      process.exitCode = ping.replied === ping.asked ? EXIT.done : EXIT.someFailed;
    });
  }
}

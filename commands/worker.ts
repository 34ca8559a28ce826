import { Flags } from '@oclif/core';
import { addressFlag } from '../src/cli/address-flag.js';
import { BaseCommand } from '../src/cli/base-command.js';
import { durationFlag } from '../src/cli/duration-flag.js';
import { queueFlag } from '../src/cli/queue-flag.js';
import { sizeFlag } from '../src/cli/size-flag.js';
import { openWorkerLog, type WorkerLog } from '../src/cli/worker-log.js';
import { workerView } from '../src/cli/worker-view.js';

export default class Worker extends BaseCommand {
  static override summary = 'Run jobs from the queues until told to stop';
  static override description =
    `Ctrl-C or TERM once: fetch nothing more, finish what runs (up to --grace), give the rest back.
Twice: end now; what ran is run again by another worker. USR2: print what runs, and for how long.
Exits 5 when jobs had to be given back, 4 when it was given no jobs though some waited.`;
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
    'max-jobs': Flags.integer({
      description: 'Stop after so many jobs',
      min: 1,
      env: 'JOBS_MAX_JOBS',
    }),
    'idle-exit': durationFlag({
      description: 'Stop when nothing has run for so long',
      env: 'JOBS_IDLE_EXIT',
    }),
    'recycle-after': Flags.integer({
      description: 'Replace a thread or process after so many jobs; inline tasks then run in processes',
      min: 1,
      env: 'JOBS_RECYCLE_AFTER',
    }),
    'max-rss': sizeFlag({
      description: 'Replace a thread or process that holds more memory; inline tasks then run in processes',
      env: 'JOBS_MAX_RSS',
    }),
    probe: addressFlag({
      description: 'Answer /live, /ready and /consuming there by HTTP (host: 127.0.0.1)',
      env: 'JOBS_PROBE',
    }),
    grace: durationFlag({
      description: 'How long running jobs may take to finish on stop [default: 30s]',
      default: async () => 30_000,
      env: 'JOBS_GRACE',
    }),
  };

  #log: WorkerLog | undefined;

  async run(): Promise<void> {
    const { flags, metadata } = await this.parse(Worker);
    const log = await openWorkerLog({
      ...flags,
      isDefaultLevel: metadata.flags['log-level']?.setFromDefault === true,
      isTerminal: process.stderr.isTTY === true,
      write: (line) => process.stderr.write(`${line}\n`),
    });
    this.#log = log;
    await this.withToolkit(flags, async (toolkit) => {
      process.exitCode = await workerView(toolkit, {
        ...flags,
        queues: flags.queue,
        graceMs: flags.grace,
        maxJobs: flags['max-jobs'],
        idleExitMs: flags['idle-exit'],
        recycleAfter: flags['recycle-after'],
        maxBytes: flags['max-rss'],
        log,
      });
    });
  }

  protected override note(_flags: unknown, message: string): void {
    this.#log?.say(message, 'warn');
  }
}

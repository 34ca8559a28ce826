import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../src/cli/base-command.js';
import { durationFlag } from '../src/cli/duration-flag.js';
import { enqueueView } from '../src/cli/enqueue-view.js';
import { requestFlags } from '../src/cli/request-flags.js';
import { PRIORITIES } from '../src/core/priority.js';

export default class Enqueue extends BaseCommand {
  static override summary = 'Queue the rows of a file, or one job, for workers to run';
  static override description = `With a FILE every row is recorded and queued, and the batch id is printed.
With name=value arguments one job is queued: name=text, name:=json, name=@file.`;
  static override examples = [
    '<%= config.bin %> enqueue desilting sheet.xlsx',
    '<%= config.bin %> enqueue desilting latitude:=23.2 longitude:=72.6 --wait',
    '<%= config.bin %> enqueue noop count:=3 --delay 10m --json',
  ];
  static override strict = false;
  static override args = {
    task: Args.string({
      ignoreStdin: true,
      description: 'Task to run (see: jobs task list)',
      required: true,
    }),
    file: Args.string({
      ignoreStdin: true,
      description: 'File whose rows are queued, - for standard input, or the first name=value',
    }),
  };
  static override flags = {
    ...requestFlags,
    queue: Flags.string({ description: "Queue to use instead of the task's", env: 'JOBS_QUEUE_NAME' }),
    priority: Flags.option({
      description: "Instead of the queue's in the config, or the task's",
      options: PRIORITIES,
      env: 'JOBS_PRIORITY',
    })(),
    delay: durationFlag({ description: 'Not before this long from now', env: 'JOBS_DELAY' }),
    expires: durationFlag({ description: 'Not run when not started within this time', env: 'JOBS_EXPIRES' }),
    'job-id': Flags.string({
      description: 'Id of the job; one that is queued already is not added again',
      env: 'JOBS_JOB_ID',
    }),
    wait: Flags.boolean({ description: 'Wait for the end; somebody else must run it', env: 'JOBS_WAIT' }),
    timeout: durationFlag({ description: 'With --wait: stop waiting after this long', env: 'JOBS_TIMEOUT' }),
  };

  async run(): Promise<void> {
    const { args, argv, flags } = await this.parse(Enqueue);
    await this.withToolkit(flags, async (toolkit) => {
      process.exitCode = await enqueueView(
        toolkit,
        { task: args.task, rest: argv.slice(1).map(String) },
        flags,
      );
    });
  }
}

import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { durationFlag } from '../../src/cli/duration-flag.js';
import { runView } from '../../src/cli/run-view.js';

export default class BatchResume extends BaseCommand {
  static override summary = 'Go on with an unfinished batch here, and write its outputs';
  static override examples = ['<%= config.bin %> batch resume b_01j9x2k4q8m3n5p7'];
  static override args = {
    id: Args.string({ ignoreStdin: true, description: 'Batch id (see: jobs batch list)', required: true }),
  };
  static override flags = {
    out: Flags.string({
      description: 'Folder for the outputs',
      default: 'out',
      helpValue: 'DIR',
      env: 'JOBS_OUT',
    }),
    concurrency: Flags.integer({ description: 'Rows run at once', min: 1, env: 'JOBS_CONCURRENCY' }),
    timeout: durationFlag({ description: 'Stop waiting after this long (exit 124)', env: 'JOBS_TIMEOUT' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(BatchResume);
    await this.withToolkit(flags, async (toolkit) => {
      process.exitCode = await runView(toolkit, { batchId: args.id }, { ...flags, timeoutMs: flags.timeout });
    });
  }
}

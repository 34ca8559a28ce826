import { Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { oneIdArg } from '../../src/cli/job-ids.js';
import { writeJobLog } from '../../src/cli/job-log-view.js';

export default class JobLogs extends BaseCommand {
  static override summary = 'Print what the task of a job has said with ctx.log';
  static override examples = [
    '<%= config.bin %> job logs b_01j9x2k4q8m3n5p7-17',
    '<%= config.bin %> job logs j_01j9x2k4q8m3n5p7 --follow --jsonl',
  ];
  static override args = oneIdArg;
  static override flags = {
    follow: Flags.boolean({
      char: 'f',
      description: 'Go on until the job has ended',
      exclusive: ['json'],
      env: 'JOBS_FOLLOW',
    }),
    jsonl: Flags.boolean({
      description: 'As one JSON document a line',
      exclusive: ['json'],
      env: 'JOBS_JSONL',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(JobLogs);
    await this.withToolkit(flags, async (toolkit) => {
      process.exitCode = await writeJobLog(toolkit, args.id, flags);
    });
  }
}

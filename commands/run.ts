import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../src/cli/base-command.js';
import { durationFlag } from '../src/cli/duration-flag.js';
import { failureLimitFlag } from '../src/cli/failure-limit-flag.js';
import { renderPlan } from '../src/cli/plan-view.js';
import { requestFlags, toRequest } from '../src/cli/request-flags.js';
import { runView } from '../src/cli/run-view.js';

export default class Run extends BaseCommand {
  static override summary = 'Run a task on every row of a file and write the results';
  static override description =
    `FILE is .xlsx, .csv, .tsv, .ndjson or .geojson (told by content), or - for standard input.
The same file and options again continue an unfinished batch; rows that completed before are skipped.`;
  static override examples = [
    '<%= config.bin %> run desilting sheet.xlsx',
    '<%= config.bin %> run desilting sheet.xlsx --set searchRadiusM=800 --out results',
    '<%= config.bin %> run desilting sheet.xlsx --dry-run',
    '<%= config.bin %> run desilting sheet.xlsx --where \'State = "Gujarat"\' --limit 100 --json',
  ];
  static override args = {
    task: Args.string({
      ignoreStdin: true,
      description: 'Task to run (see: jobs task list)',
      required: true,
    }),
    file: Args.string({
      ignoreStdin: true,
      description: 'File whose rows are run; - or nothing: standard input',
    }),
  };
  static override flags = {
    ...requestFlags,
    out: Flags.string({
      description: 'Folder for the outputs',
      default: 'out',
      helpValue: 'DIR',
      env: 'JOBS_OUT',
    }),
    concurrency: Flags.integer({ description: 'Rows run at once', min: 1, env: 'JOBS_CONCURRENCY' }),
    timeout: durationFlag({
      description: 'Stop waiting after this long; the batch can be resumed',
      env: 'JOBS_TIMEOUT',
    }),
    'max-failures': failureLimitFlag({
      description: 'Cancel the rest when more rows have failed',
      env: 'JOBS_MAX_FAILURES',
    }),
    resume: Flags.boolean({ description: 'Refuse to begin a new batch', env: 'JOBS_RESUME' }),
    'dry-run': Flags.boolean({ description: 'Say what would be done, and do nothing', env: 'JOBS_DRY_RUN' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Run);
    const request = { ...toRequest(args.task, args.file, flags), mustResume: flags.resume };
    await this.withToolkit(flags, async (toolkit) => {
      if (flags['dry-run']) {
        const plan = await toolkit.plan(request);
        this.print(flags, plan, () => renderPlan(plan));
        return;
      }
      process.exitCode = await runView(toolkit, request, {
        ...flags,
        timeoutMs: flags.timeout,
        maxFailures: flags['max-failures'],
      });
    });
  }
}

import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { writeBatchLog } from '../../src/cli/batch-log.js';
import { ROW_STATES } from '../../src/core/row.js';

export default class BatchLog extends BaseCommand {
  static override summary = 'Print every row of a batch with its state, reason and results';
  static override examples = [
    '<%= config.bin %> batch log b_01j9x2k4q8m3n5p7 --state failed',
    '<%= config.bin %> batch log b_01j9x2k4q8m3n5p7 --csv > rows.csv',
  ];
  static override args = {
    id: Args.string({ ignoreStdin: true, description: 'Batch id (see: jobs batch list)', required: true }),
  };
  static override flags = {
    state: Flags.option({
      description: 'Only rows in this state; repeat for more',
      options: ROW_STATES,
      multiple: true,
      multipleNonGreedy: true,
      env: 'JOBS_STATE',
    })(),
    csv: Flags.boolean({ description: 'As CSV', exclusive: ['jsonl', 'json'], env: 'JOBS_CSV' }),
    jsonl: Flags.boolean({
      description: 'As one JSON document a line',
      exclusive: ['json'],
      env: 'JOBS_JSONL',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(BatchLog);
    const format = flags.csv ? 'csv' : flags.jsonl ? 'jsonl' : flags.json ? 'json' : 'text';
    await this.withLedger(flags, (toolkit) =>
      writeBatchLog(toolkit, args.id, { states: flags.state, format }),
    );
  }
}

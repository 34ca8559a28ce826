import { Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { groupFlag, letterFlags, toSelection } from '../../src/cli/dlq-flags.js';
import { renderExport } from '../../src/cli/dlq-view.js';

export default class DlqExport extends BaseCommand {
  static override summary =
    'Write dead letters to a workbook that can be corrected and run again, or to JSON lines';
  static override description =
    `A workbook has one sheet for each batch, with the columns of its file and each reason as a note on the cell to blame.
Corrected and given to jobs run, its rows replace those that failed.`;
  static override examples = [
    '<%= config.bin %> dlq export --out failed.xlsx --task desilting',
    '<%= config.bin %> dlq export --out failed.jsonl --since 1d',
  ];
  static override flags = {
    out: Flags.string({
      description: 'File to write: .xlsx or .jsonl',
      helpValue: 'FILE',
      required: true,
      env: 'JOBS_OUT',
    }),
    ...letterFlags,
    group: groupFlag,
    limit: Flags.integer({ description: 'At most this many, the newest', min: 1, env: 'JOBS_LIMIT' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(DlqExport);
    await this.withLedger(flags, async ({ deadLetters }) => {
      const exported = await deadLetters.export(toSelection(flags), flags.out);
      this.print(flags, exported, () => renderExport(exported));
    });
  }
}

import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { renderOutputs } from '../../src/cli/run-summary.js';

export default class BatchExport extends BaseCommand {
  static override summary =
    'Write the outputs of a batch: workbook, failed rows, GeoJSON, CSV, report, certificate';
  static override examples = ['<%= config.bin %> batch export b_01j9x2k4q8m3n5p7 --out results'];
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
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(BatchExport);
    await this.withLedger(flags, async (toolkit) => {
      const outputs = await toolkit.export(args.id, {
        outDir: flags.out,
        onNote: (message) => this.note(flags, `Note: ${message}`),
      });
      this.print(flags, { batch: args.id, outputs }, () => renderOutputs(outputs));
    });
  }
}

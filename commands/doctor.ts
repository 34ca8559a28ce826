import { BaseCommand } from '../src/cli/base-command.js';
import { renderDoctor } from '../src/cli/doctor-view.js';

export default class Doctor extends BaseCommand {
  static override summary = 'Check everything a run needs, and say how to mend what is wrong';
  static override description =
    'Exit 0 when all is well (warnings included), 4 when something would stop a run.';
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    const { examine } = await import('../src/doctor.js');
    const report = await examine({ file: flags.config, cwd: process.cwd(), env: process.env });
    this.print(flags, report, () => renderDoctor(report));
    process.exitCode = report.ok ? 0 : 4;
  }
}

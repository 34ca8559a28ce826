import { Args } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { renderExplanation } from '../../src/cli/config-view.js';

export default class ConfigExplain extends BaseCommand {
  static override summary =
    'Say what one setting is, and which of flag, environment, file or default gave it';
  static override examples = [
    '<%= config.bin %> config explain database',
    '<%= config.bin %> config explain intake.maxRows',
  ];
  static override args = {
    key: Args.string({
      ignoreStdin: true,
      description: 'Setting, such as database or queues.reports.limit',
      required: true,
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigExplain);
    const explanation = (await this.loadConfig(flags)).explain(args.key);
    this.print(flags, explanation, () => renderExplanation(explanation));
  }
}

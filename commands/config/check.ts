import { BaseCommand } from '../../src/cli/base-command.js';

export default class ConfigCheck extends BaseCommand {
  static override summary = 'Check the config file: unknown keys, wrong values, missing variables';
  static override examples = [
    '<%= config.bin %> config check',
    '<%= config.bin %> config check --config other.yaml',
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigCheck);
    const { config } = await this.loadConfig(flags);
    const { checkSchedules } = await import('../../src/config/check-schedules.js');
    await checkSchedules(config);
    const { file } = config;
    this.print(flags, { ok: true, file: file ?? null }, () =>
      file === undefined ? 'No config file here; every setting has its default.' : `${file} is fine.`,
    );
  }
}

import { BaseCommand } from '../../src/cli/base-command.js';
import { renderConfig } from '../../src/cli/config-view.js';

export default class ConfigShow extends BaseCommand {
  static override summary = 'Show the config in force, secrets hidden';
  static override examples = ['<%= config.bin %> config show', '<%= config.bin %> config show --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigShow);
    const description = (await this.loadConfig(flags)).describe();
    this.print(flags, description, () => renderConfig(description));
  }
}

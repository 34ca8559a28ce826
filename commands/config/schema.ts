import { BaseCommand } from '../../src/cli/base-command.js';

export default class ConfigSchema extends BaseCommand {
  static override summary = 'Print the JSON Schema of the config file, for editors';
  static override examples = ['<%= config.bin %> config schema > jobs.schema.json'];

  async run(): Promise<void> {
    await this.parse(ConfigSchema);
    const { configJsonSchema } = await import('../../src/config/schema.js');
    process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
  }
}

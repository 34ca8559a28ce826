import { Args } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { renderLetter } from '../../src/cli/dlq-view.js';

export default class DlqShow extends BaseCommand {
  static override summary =
    'Show one dead letter: every attempt, where its row came from, what was done about it, what to type next';
  static override examples = ['<%= config.bin %> dlq show b_01j9x2k4q8m3n5p7-17'];
  static override args = {
    id: Args.string({ ignoreStdin: true, description: 'Id (see: jobs dlq list)', required: true }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DlqShow);
    await this.withLedger(flags, async ({ deadLetters }) => {
      const letter = await deadLetters.show(args.id);
      this.print(flags, letter, () => renderLetter(letter));
    });
  }
}

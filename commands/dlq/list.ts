import { Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { letterFlags, toSelection } from '../../src/cli/dlq-flags.js';
import { letterLine, renderGroups, renderLetters } from '../../src/cli/dlq-view.js';
import { toReader } from '../../src/cli/to-reader.js';
import type { LetterLine } from '../../src/ledger/dead-letters.js';

const DEFAULT_LIMIT = 100;

export default class DlqList extends BaseCommand {
  static override summary = 'List dead letters: jobs that failed for good, newest first';
  static override examples = [
    '<%= config.bin %> dlq list --task desilting --since 2h',
    '<%= config.bin %> dlq list --group error',
    '<%= config.bin %> dlq list --where \'code = NO_WATER and State = "Gujarat"\' --ids | <%= config.bin %> dlq replay -',
  ];
  static override flags = {
    ...letterFlags,
    group: Flags.option({
      description: 'Letters with the same error together, with their count',
      options: ['error'] as const,
      env: 'JOBS_GROUP',
    })(),
    ids: Flags.boolean({
      description: 'Only ids, one a line, all of them',
      exclusive: ['group', 'json'],
      env: 'JOBS_IDS',
    }),
    limit: Flags.integer({
      description: `At most this many [default: ${DEFAULT_LIMIT}; with --ids all]`,
      min: 1,
      env: 'JOBS_LIMIT',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(DlqList);
    const { group, ...asked } = flags;
    const selection = toSelection(asked);
    await this.withLedger(flags, async ({ deadLetters }) => {
      if (flags.ids) {
        await toReader(async (write) => {
          for await (const page of deadLetters.select(selection))
            await write(`${page.map(({ id }) => id).join('\n')}\n`);
        });
      } else if (group === 'error') {
        const groups = await deadLetters.groups(selection);
        this.print(flags, groups, () => renderGroups(groups));
      } else {
        const { limit = DEFAULT_LIMIT, ...all } = selection;
        const letters: LetterLine[] = [];
        for await (const page of deadLetters.select({ ...all, limit })) letters.push(...page.map(letterLine));
        const isWhole = flags.json || letters.length < limit;
        const total = isWhole ? letters.length : await deadLetters.count(all);
        this.print(flags, letters, () => renderLetters(letters, total));
      }
    });
  }
}

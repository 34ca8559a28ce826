import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { groupFlag, letterFlags } from '../../src/cli/dlq-flags.js';
import { replayView } from '../../src/cli/replay-view.js';

export default class DlqReplay extends BaseCommand {
  static override summary = 'Try dead letters again: the same jobs, as they were or changed';
  static override description =
    `Rows count as open again and their batch finishes once more. With --group the first five are tried; when all of them
fail with the same error again, the rest is left. Without --yes it asks first, unless ids were given.`;
  static override examples = [
    '<%= config.bin %> dlq replay b_01j9x2k4q8m3n5p7-17 --patch latitude=23.2',
    '<%= config.bin %> dlq replay --group 3f9a1c22b07e --rate 10/s --yes',
    "<%= config.bin %> dlq list --where 'code = ETIMEDOUT' --ids | <%= config.bin %> dlq replay -",
  ];
  static override strict = false;
  static override args = {
    id: Args.string({ ignoreStdin: true, description: 'Ids, or - for ids on standard input, one a line' }),
  };
  static override flags = {
    ...letterFlags,
    group: groupFlag,
    all: Flags.boolean({ description: 'Every dead letter', env: 'JOBS_ALL' }),
    patch: Flags.string({
      description: 'Set a field of the input first; repeat for more (name:=json, name= takes it out)',
      helpValue: 'NAME=VALUE',
      multiple: true,
      multipleNonGreedy: true,
      default: [],
      env: 'JOBS_PATCH',
    }),
    edit: Flags.boolean({
      description: 'Open the inputs in $EDITOR first',
      exclusive: ['patch', 'dry-run'],
      env: 'JOBS_EDIT',
    }),
    queue: Flags.string({ description: 'Run them in this queue', env: 'JOBS_QUEUE_NAME' }),
    rate: Flags.string({ description: 'So many per duration: 10/s, 60/m', env: 'JOBS_RATE' }),
    limit: Flags.integer({ description: 'At most this many, the newest', min: 1, env: 'JOBS_LIMIT' }),
    'dry-run': Flags.boolean({
      description: 'Say what would be replayed',
      default: false,
      env: 'JOBS_DRY_RUN',
    }),
    yes: Flags.boolean({ description: 'Do not ask', env: 'JOBS_YES' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(DlqReplay);
    await this.withToolkit(flags, async (toolkit) => {
      process.exitCode = await replayView(toolkit, argv.map(String), flags);
    });
  }
}

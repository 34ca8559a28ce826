import { Flags } from '@oclif/core';
import { BaseCommand } from '../src/cli/base-command.js';
import { durationFlag } from '../src/cli/duration-flag.js';
import { eventsView } from '../src/cli/events-view.js';
import { EVENT_TYPES } from '../src/operate/event-lines.js';

export default class Events extends BaseCommand {
  static override summary = 'Print what happens to jobs, batches, queues and workers';
  static override description = `Every line has a cursor (--jsonl, --json); --from CURSOR goes on behind it.
A line of type gap says that events are gone: a queue keeps about its newest 10,000.`;
  static override examples = [
    '<%= config.bin %> events --since 1h --type failed --type retrying',
    '<%= config.bin %> events --follow --batch b_01j9x2k4q8m3n5p7 --until drained',
    '<%= config.bin %> events --follow --jsonl --queue reports',
  ];
  static override flags = {
    queue: Flags.string({
      description: 'Only of this queue; repeat for more',
      multiple: true,
      multipleNonGreedy: true,
      default: [],
      env: 'JOBS_EVENTS_QUEUE',
    }),
    task: Flags.string({ description: 'Only of jobs of this task', env: 'JOBS_TASK' }),
    batch: Flags.string({ description: 'Only of this batch', env: 'JOBS_BATCH' }),
    type: Flags.option({
      description: 'Only of this type; repeat for more',
      options: EVENT_TYPES,
      multiple: true,
      multipleNonGreedy: true,
      default: [],
      env: 'JOBS_TYPE',
    })(),
    since: durationFlag({
      description: 'What happened in this time before now [default: 10m]',
      exclusive: ['from'],
      env: 'JOBS_SINCE',
    }),
    from: Flags.string({
      description: 'Go on behind the event that had this cursor',
      helpValue: 'CURSOR',
      env: 'JOBS_FROM',
    }),
    follow: Flags.boolean({
      char: 'f',
      description: 'Go on with what happens; outlives a restart of the backend',
      env: 'JOBS_FOLLOW',
    }),
    until: Flags.option({
      description: 'Follow until nothing waits or runs',
      options: ['drained'] as const,
      env: 'JOBS_UNTIL',
    })(),
    jsonl: Flags.boolean({
      description: 'As one JSON document a line',
      exclusive: ['json'],
      env: 'JOBS_JSONL',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Events);
    await this.withToolkit(flags, async (toolkit) => {
      process.exitCode = await eventsView(toolkit, flags);
    });
  }
}

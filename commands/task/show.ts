import { Args } from '@oclif/core';
import { BaseCommand } from '../../src/cli/base-command.js';
import { renderTask, showTask } from '../../src/cli/task-view.js';

export default class TaskShow extends BaseCommand {
  static override summary = 'Show one task: the columns it reads, its options, results, retries';
  static override examples = ['<%= config.bin %> task show desilting'];
  static override args = {
    task: Args.string({ ignoreStdin: true, description: 'Task (see: jobs task list)', required: true }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(TaskShow);
    const task = await showTask((await this.loadConfig(flags)).config, args.task);
    this.print(flags, task, () => renderTask(task));
  }
}

import { BaseCommand } from '../../src/cli/base-command.js';
import { listTasks, renderTasks } from '../../src/cli/task-view.js';

export default class TaskList extends BaseCommand {
  static override summary = 'List the tasks of this project';
  static override examples = ['<%= config.bin %> task list'];

  async run(): Promise<void> {
    const { flags } = await this.parse(TaskList);
    const tasks = await listTasks((await this.loadConfig(flags)).config);
    this.print(flags, tasks, () => renderTasks(tasks));
  }
}

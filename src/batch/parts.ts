/** What the batch verbs work with; opened and closed by the toolkit. */
import type { QueueSettings } from '../config/config.js';
import type { DataSource, TaskRegistry } from '../core/task.js';
import type { Database } from '../database/database.js';
import type { openSource } from '../intake/open-source.js';
import type { Queues } from '../queue/queues.js';

export interface BatchParts {
  db: Database;
  queues: Queues;
  registry: TaskRegistry;
  data: Record<string, DataSource>;
  /** Where tasks keep what they can make again. */
  stateDir: string;
  /** The config's, by queue. */
  queueSettings: Readonly<Record<string, QueueSettings | undefined>>;
  intakeLimits: Parameters<typeof openSource>[1]['limits'];
}

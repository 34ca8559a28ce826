/** What schedules work with; handed over by the toolkit, which knows what adds a job and who is to be told. */
import type { ScheduleSettings } from '../config/config.js';
import type { Priority } from '../core/priority.js';
import type { Database } from '../database/database.js';
import type { Queues } from '../queue/queues.js';

export interface ScheduledJob {
  id: string;
  task: string;
  queue: string;
  input: Record<string, unknown>;
  options: Record<string, unknown>;
  priority: Priority | undefined;
  delayMs: number | undefined;
}

export interface ScheduleParts {
  db: Database;
  queues: Queues;
  schedules: Readonly<Record<string, ScheduleSettings>>;
  /** The config's path, or its folder's when there is no file. */
  configPath: string;
  /** The ledger's identity. */
  installation: () => Promise<string>;
  /** Names of the tasks that are known here. */
  taskNames: () => Promise<string[]>;
  /** Refuses crons and names that cannot be used. */
  checkConfig: () => Promise<void>;
  /** Refuses a task, input or options that cannot be used; returns the queue. */
  checkJob: (
    job: Pick<ScheduledJob, 'task' | 'input' | 'options'> & { queue: string | undefined },
  ) => Promise<string>;
  /**
   * A job of this id that is in the queue already is left as it is. Returns the id of the job that is there now: of a
   * unique task it may be another, equal one.
   */
  enqueue: (job: ScheduledJob) => Promise<{ id: string }>;
  /** Asks for the end of a job, wherever it is; one that has ended is left as it is. */
  cancelJob: (id: string, reason: string) => Promise<void>;
  /** Tells a person; never throws. */
  notify: (event: { type: string; message: string; details: Record<string, unknown> }) => Promise<void>;
  onTrouble: (message: string) => void;
  /** How long runs are remembered. */
  keepRunsMs: number;
}

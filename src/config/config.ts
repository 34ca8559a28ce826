/** The one shared config, after files, environment and defaults were merged. Plain values; secrets cannot be printed. */
import type { Priority } from '../core/priority.js';
import type { DataSource } from '../core/task.js';
import type { Secret } from './secret.js';

export interface Config {
  /** Folder that relative paths start from: the config file's, or the working directory. */
  root: string;
  /** The config file, when there is one. */
  file: string | undefined;
  /** Undefined = embedded database in `stateDir`. */
  databaseUrl: Secret | undefined;
  /** Undefined = jobs live in the database. */
  redisUrl: Secret | undefined;
  /** `.jobs/` under `root`: embedded database, lock, socket, artifacts of batches. */
  stateDir: string;
  /** Absolute paths of the user's task files. */
  taskFiles: string[];
  queues: Record<string, QueueSettings>;
  limits: Record<string, string>;
  schedules: Record<string, ScheduleSettings>;
  /** Gets a JSON message of what needs a person. */
  webhookUrl: Secret | undefined;
  retention: { completed: { ageMs: number; count: number }; resultsMs: number };
  /** Absolute folder of artifacts. */
  storageDir: string;
  data: Record<string, DataSource>;
  intake: IntakeLimits;
  output: OutputSettings;
}

export interface QueueSettings {
  concurrency?: number | undefined;
  limit?: string | undefined;
  priority?: 'urgent' | 'high' | 'normal' | 'low' | undefined;
}

/** One of `cron` and `every` is there. */
export interface ScheduleSettings {
  task: string;
  cron?: string | undefined;
  /** Milliseconds. */
  every?: number | undefined;
  tz?: string | undefined;
  input?: Record<string, unknown> | undefined;
  options?: Record<string, unknown> | undefined;
  queue?: string | undefined;
  priority?: Priority | undefined;
  start?: Date | undefined;
  end?: Date | undefined;
  maxRuns?: number | undefined;
  /** Milliseconds. */
  jitter?: number | undefined;
  overlap: 'skip' | 'queue' | 'cancel' | 'allow';
  missed: 'none' | 'one' | 'all';
  /** Milliseconds. */
  missedWindow: number;
}

/** Guards on input files. Each has its setting `intake.<name>`. */
export interface IntakeLimits {
  /** Uncompressed bytes of a workbook. Default 4 GB. */
  maxUncompressedBytes: number;
  /** Files inside a workbook's zip. Default 10,000. */
  maxEntries: number;
  /** Uncompressed over compressed size of one zip entry. Default 200. */
  maxRatio: number;
  /** Characters in one cell. Default 32,767. */
  maxCellLength: number;
  /** Data rows. Default 2,000,000. */
  maxRows: number;
  /** Columns. Default 1,000. */
  maxColumns: number;
}

export interface OutputSettings {
  /** Workbooks up to this size keep their styles; above it results are streamed into a plain copy. Default 20 MB. */
  maxStyledBytes: number;
}

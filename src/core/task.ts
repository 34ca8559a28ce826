/** What a task is, and what it sees while it runs. */
import type { ZodType } from 'zod';
import type { Backoff } from './backoff.js';
import type { LedgerRow, RowResult } from './row.js';
import type { Counts } from './tally.js';

export interface TaskDefinition<
  Input extends object = Record<string, unknown>,
  Options extends object = Record<string, unknown>,
  Prepared = unknown,
> {
  /** Words joined by `-` and `.`: `desilting`, `weather.fetch`. */
  name: string;
  /** Raised whenever the same input would give another result; completed rows of an older version run again. */
  version: number;
  /** One line for `jobs task list`. */
  title: string;
  /** Default `default`. */
  queue?: string;
  /** Checks a row when it is submitted and again when it runs, and names the sheet's columns. */
  input: ZodType<Input>;
  /** Checks the batch's options (`--set name=value`). */
  options?: ZodType<Options>;
  /** Other header spellings by field; a field's own name always counts. Case and spaces are folded. */
  columns?: Readonly<Partial<Record<keyof Input & string, readonly string[]>>>;
  /** Names of the result columns, in the order they are written everywhere. */
  results?: readonly string[];
  /** A numeric result column whose distribution the report draws. */
  chart?: { column: string; title: string; unit: string };
  /** Names of the config's `data` entries that the task reads; their content is part of a row's identity. */
  data?: readonly string[];
  /** Runs of one row before it is given up. Default 3. */
  attempts?: number;
  backoff?: Backoff;
  /** `thread` for work that computes: it never blocks the worker that holds the row's lease. Default `inline`. */
  isolation?: 'inline' | 'thread';
  /** Once per batch, before any row is submitted; throw InputError to refuse. What it returns every row sees as `ctx.prepared`; must be JSON. */
  prepare?(ctx: PrepareContext<Options>): Promise<Prepared> | Prepared;
  /** One row. What it returns fills the result columns; must be JSON. */
  run(ctx: RunContext<Options, Prepared>, input: Input): Promise<RowResult | void> | RowResult | void;
  /** After the last row has ended, and again after rows were replayed: writing the same artifact name again replaces it. */
  finish?(ctx: FinishContext<Options, Prepared>, rows: AsyncIterable<LedgerRow>): Promise<void>;
}

/** A task of any input, options and prepared value: what a registry holds. */
// biome-ignore lint/suspicious/noExplicitAny: a heterogeneous collection; each task checks its own input by its schema
export type AnyTask = TaskDefinition<any, any, any>;

/** The tasks of a project, by name; loaded when asked for. */
export interface TaskRegistry {
  /** @throws {NotFoundError} naming the nearest known task */
  get(name: string): Promise<AnyTask>;
  /** Names, sorted. */
  names(): string[];
}

/** A data entry of the config, resolved: absolute files and the entry's own settings. */
export interface DataSource {
  name: string;
  /** Absolute paths, sorted. */
  files: string[];
  /** Settings beside `files` in the config, such as `classes`. */
  settings: Record<string, unknown>;
  /** Where the entry stands in the config, for messages: `data.lulc in /home/…/jobs.config.ts`. */
  origin: string;
}

export interface PrepareContext<Options = Record<string, unknown>> {
  options: Options;
  data: Readonly<Record<string, DataSource | undefined>>;
  log: TaskLog;
}

export interface RunContext<Options = Record<string, unknown>, Prepared = unknown>
  extends PrepareContext<Options> {
  prepared: Prepared;
  job: { id: string; queue: string };
  /** Null for a job that is not part of a batch. */
  batch: { id: string; source: string } | null;
  row: { number: number; sheet?: string } | null;
  /** 1 for the first run. */
  attempt: number;
  /** Travels from the caller through logs, events and outside calls. */
  requestId: string;
  /** Aborted when the run must stop: the worker is going away, or the job was cancelled. */
  signal: AbortSignal;
  /** 0 to 1, or any JSON. */
  progress(value: number | object): Promise<void>;
  /** Gives `effect`'s result once per `key`, however often the row is run: later runs get the recorded value. */
  once<T>(key: string, effect: () => Promise<T> | T): Promise<T>;
  /** Tries this job again after `delayMs` without using up an attempt. Never returns. */
  retryAfter(delayMs: number, reason?: string): never;
}

export interface FinishContext<Options = Record<string, unknown>, Prepared = unknown>
  extends PrepareContext<Options> {
  prepared: Prepared;
  batch: { id: string; source: string };
  counts: Counts;
  signal: AbortSignal;
  /** Writes a file that belongs to the batch. `kind` is one of the output kinds (`geojson`, `raster`, …). */
  artifact(file: {
    name: string;
    kind: string;
    title?: string;
    content: string | Uint8Array | AsyncIterable<string>;
  }): Promise<void>;
}

export interface TaskLog {
  info(message: string): void;
  warn(message: string): void;
}

/** Names a task and checks its shape; the default export of a task file. */
export function defineTask<
  Input extends object,
  Options extends object = Record<string, never>,
  Prepared = undefined,
>(definition: TaskDefinition<Input, Options, Prepared>): TaskDefinition<Input, Options, Prepared> {
  if (!/^[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*$/.test(definition.name)) {
    throw new TypeError(
      `Task name "${definition.name}" is not usable: lower-case words joined by "-" or ".", such as clean-wells`,
    );
  }
  if (!Number.isInteger(definition.version) || definition.version < 1) {
    throw new TypeError(
      `Task ${definition.name}: version must be a whole number from 1, found ${definition.version}`,
    );
  }
  return Object.freeze({ ...definition });
}

/** What a task is, and what it sees while it runs. */
import type { ZodType } from 'zod';
import type { Backoff } from './backoff.js';
import type { Priority } from './priority.js';
import { RATE_PATTERN } from './rate.js';
import type { ReportSection } from './report-section.js';
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
  /**
   * Options that name files in place of a `data` entry, by option: `{ dem: 'dem' }`. `--set dem=dem.tif` (or a glob; from
   * the folder the command runs in) is then what the task sees as `ctx.data.dem`; the entry's settings stay. The content
   * of the files, not their place, is part of a row's identity.
   */
  dataOptions?: Readonly<Record<string, string>>;
  /** Options that only `finish` reads: with another value of these the rows are not run again, and `finish` is. */
  finishOptions?: readonly string[];
  /** Runs of one row before it is given up. Default 3. */
  attempts?: number;
  backoff?: Backoff;
  /** No retry begins later than this after the job could first run, whatever `attempts` says. */
  retryForMs?: number;
  /**
   * What follows an error, by its code or class name. Default: `final` for FinalError, `retry-after` for an answer
   * 429 or 503 that says when to come back, `retry` for the rest.
   */
  errors?: Readonly<Record<string, ErrorVerdict>>;
  /** Equal failures on any worker that pause the queue until a person looks, or until `pauseMs` has passed. */
  breaker?: { failures: number; withinMs: number; pauseMs?: number };
  /** Jobs of this task per duration, over all workers together: `60/m`. */
  rateLimit?: string;
  /** See {@link TimeLimit}; needs `thread` or `process` for its hard limit to stop the code itself. */
  timeLimit?: TimeLimit;
  /** Of jobs that name none. Default `normal`. */
  priority?: Priority;
  /** For single jobs (`jobs enqueue`, `ctx.enqueue`): one that equals a job already there is not added. */
  unique?: Unique;
  /**
   * Where the code runs. `thread` for work that computes: it never blocks the worker that holds the row's lease.
   * `process` for code that may crash or eat memory: it takes only its own process down. Default `inline`.
   */
  isolation?: Isolation;
  /** Once per batch, before any row is submitted; throw InputError to refuse. What it returns every row sees as `ctx.prepared`; must be JSON. */
  prepare?(ctx: PrepareContext<Options>): Promise<Prepared> | Prepared;
  /** One row. What it returns fills the result columns; must be JSON. */
  run(ctx: RunContext<Options, Prepared>, input: Input): Promise<RowResult | void> | RowResult | void;
  /** After the last row has ended, and again after rows were replayed: writing the same artifact name again replaces it. */
  finish?(ctx: FinishContext<Options, Prepared>, rows: AsyncIterable<LedgerRow>): Promise<void>;
}

export type ErrorVerdict = 'retry' | 'final' | 'retry-after' | 'pause-queue';

export type Isolation = 'inline' | 'thread' | 'process';

export interface TimeLimit {
  /** `ctx.signal` is aborted with a TimeLimitError that the task may catch to end well. */
  softMs?: number;
  /** The thread or process is ended; the attempt fails as `timed-out`. An inline run is given up and its result refused. */
  hardMs?: number;
  /** Ended as above when `ctx.heartbeat` and `ctx.progress` were silent for so long. */
  silentMs?: number;
}

export interface Unique {
  /** Fields of the input that make two jobs equal; default all. */
  by?: readonly string[];
  /** Equal jobs are refused for so long after one was added; default: while it has not ended. */
  forMs?: number;
  /** The job that comes later takes the place of one that has not begun. */
  latestWins?: boolean;
}

/** A task of any input, options and prepared value: what a registry holds. */
// biome-ignore lint/suspicious/noExplicitAny: a heterogeneous collection; each task checks its own input by its schema
export type AnyTask = TaskDefinition<any, any, any>;

/** Which code of a task a process has loaded. */
export interface TaskCode {
  version: number;
  /** SHA-256 of the task's own file (not of what it imports); of a task that comes with sluice, `sluice 1.2.3`. */
  hash: string;
}

/** The tasks of a project, by name; loaded when asked for. Both methods throw InputError when a task file cannot be loaded. */
export interface TaskRegistry {
  /** @throws {NotFoundError} naming the nearest known task */
  get(name: string): Promise<AnyTask>;
  /** Names, sorted. */
  names(): Promise<string[]>;
  /** Of the tasks that are loaded, by name. */
  codes(): Record<string, TaskCode>;
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
  /**
   * Absolute folder for what the task can make again, such as a model of its rasters. It is the task's own, outlives
   * batches, is made when it is first read, and is shared by all that run here at once: write beside, then rename.
   */
  readonly cacheDir: string;
}

export interface RunContext<Options = Record<string, unknown>, Prepared = unknown>
  extends PrepareContext<Options> {
  prepared: Prepared;
  /** An empty folder of this attempt's own, the same at each call, removed when it ends. */
  scratch(): Promise<string>;
  /**
   * Keeps a file with the results: of a row among the outputs of its batch, of a single job in a folder of its own that
   * the job's log names. The same name again, or the row run again, replaces it.
   */
  artifact(file: ArtifactFile): Promise<void>;
  job: { id: string; queue: string };
  /** Null for a job that is not part of a batch. */
  batch: { id: string; source: string } | null;
  row: { number: number; sheet?: string } | null;
  /** 1 for the first run. */
  attempt: number;
  /** Travels from the caller through logs, events and outside calls. */
  requestId: string;
  /** Aborted when the run must stop: a time limit, a worker that goes away, a cancelled job. Its reason says which. */
  signal: AbortSignal;
  /** 0 to 1, or any JSON. */
  progress(value: number | object): Promise<void>;
  /** Gives `effect`'s result once per `key`, however often the row is run: later runs get the recorded value. */
  once<T>(key: string, effect: () => Promise<T> | T): Promise<T>;
  /** Tries this job again after `delayMs` without using up an attempt. Never returns. */
  retryAfter(delayMs: number, reason?: string): never;
  /** Says that the run still goes on, to a `timeLimit.silentMs`. */
  heartbeat(): void;
  /**
   * Runs `work` while no other job holds `key`, on any worker. When another does, this job goes back to the queue and
   * comes again without using up an attempt. The lock ends by itself `ttlMs` (default 30 s) after its holder went silent.
   */
  lock<T>(key: string, work: () => Promise<T> | T, options?: { ttlMs?: number }): Promise<T>;
  /**
   * Takes one turn of the config's limit `key` (or of `rate`), shared by all workers. When none is free this job goes
   * back to the queue until its turn comes, without using up an attempt.
   */
  limit(key: string, rate?: string): Promise<void>;
  /** The same, for work that waits on something outside. */
  snooze(delayMs: number): never;
  /** Adds a job. It carries this one's request id; run again, this attempt adds the same job and not a second one. */
  enqueue(task: string, input: Record<string, unknown>, options?: ChildOptions): Promise<JobRef>;
  /** Jobs one after another: each gets what the one before returned as `ctx.previous`. Returns the last. */
  chain(members: readonly ChildJob[]): Promise<JobRef>;
  /** Jobs side by side. */
  group(members: readonly ChildJob[]): Promise<JobRef[]>;
  /** Jobs side by side, and `then` when all have completed; it gets what they returned, in order, as `ctx.previous`. */
  chord(members: readonly ChildJob[], then: ChildJob): Promise<JobRef>;
  /** What the job before in a chain returned, or those of a chord; null for any other job. */
  previous: unknown;
}

export interface JobRef {
  id: string;
  queue: string;
}

export interface ChildOptions {
  options?: Record<string, unknown>;
  queue?: string;
  priority?: Priority;
  delayMs?: number;
}

export interface ChildJob extends ChildOptions {
  task: string;
  input: Record<string, unknown>;
}

/** Jobs that a task adds. `call` counts such calls within an attempt, so that the same attempt run again adds the same jobs. */
export interface FlowRequest {
  call: number;
  kind: 'enqueue' | 'chain' | 'group' | 'chord';
  members: ChildJob[];
  /** Of a chord. */
  then?: ChildJob;
}

export interface FinishContext<Options = Record<string, unknown>, Prepared = unknown>
  extends PrepareContext<Options> {
  prepared: Prepared;
  batch: { id: string; source: string };
  counts: Counts;
  signal: AbortSignal;
  /** 0 to 1, or any JSON. */
  progress(value: number | object): Promise<void>;
  /** An empty folder of this attempt's own, the same at each call, removed when it ends. */
  scratch(): Promise<string>;
  /** Keeps a file with the outputs of the batch. */
  artifact(file: ArtifactFile): Promise<void>;
  /** Adds a section to the batch's HTML report; sections stand in the order of the calls. */
  report(section: ReportSection): Promise<void>;
}

/** `kind` is one of the output kinds (`geojson`, `raster`, …). Of `name` only the last part counts. */
export type ArtifactFile = { name: string; kind: string; title?: string } & (
  | { content: string | Uint8Array | AsyncIterable<string> }
  /** A local file, moved from where it is. */
  | { file: string }
);

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
  checkRules(definition);
  return Object.freeze({ ...definition });
}

const VERDICTS: readonly string[] = ['retry', 'final', 'retry-after', 'pause-queue'] satisfies ErrorVerdict[];

/** What a typed file cannot get wrong, and one that is not typed can. */
function checkRules({ name, errors = {}, timeLimit = {}, rateLimit, attempts = 1 }: AnyTask): void {
  const wrong = (what: string): never => {
    throw new TypeError(`Task ${name}: ${what}`);
  };
  for (const [error, verdict] of Object.entries(errors)) {
    if (!VERDICTS.includes(verdict))
      wrong(`errors.${error} is "${verdict}"; expected one of ${VERDICTS.join(', ')}`);
  }
  for (const [limit, ms] of Object.entries(timeLimit)) {
    if (!(typeof ms === 'number' && ms > 0))
      wrong(`timeLimit.${limit} is ${ms}; expected milliseconds above 0`);
  }
  if (rateLimit !== undefined && !RATE_PATTERN.test(rateLimit)) {
    wrong(`rateLimit is "${rateLimit}"; expected a rate such as 60/m, or none`);
  }
  if (!Number.isInteger(attempts) || attempts < 1)
    wrong(`attempts is ${attempts}; expected a whole number from 1`);
}

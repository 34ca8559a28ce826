/**
 * Everything opened from one config: the one facade for commands, screens, servers, tests and library users. It joins
 * what may not know each other (batch, worker, output, tasks) and says nothing itself: progress goes through callbacks.
 * What a method needs is loaded when it is called: most commands use little of it, and start the sooner.
 */
import { DeadLetters } from './batch/dead-letters.js';
import type { EnqueuedJob, JobRequest } from './batch/enqueue-job.js';
import type { BatchParts } from './batch/parts.js';
import type { Plan } from './batch/plan.js';
import type { FileRequest } from './batch/request.js';
import type { Submission, SubmitProgress } from './batch/submit.js';
import type { WatchOptions, WatchResult } from './batch/watch.js';
import type { Config } from './config/config.js';
import { NotFoundError } from './core/error.js';
import type { LedgerRow, RowState } from './core/row.js';
import type { TaskRegistry } from './core/task.js';
import type { Database } from './database/database.js';
import { type BatchRecord, listBatches, listOpenBatches } from './ledger/batches.js';
import { installationId } from './ledger/installation.js';
import { patiently } from './ledger/patience.js';
import type { WorkerRecord } from './ledger/workers.js';
import type { EventLine } from './operate/event-lines.js';
import type { EventFilter } from './operate/events.js';
import { Jobs } from './operate/jobs.js';
import { QueueControl } from './operate/queue-control.js';
import { Schedules } from './operate/schedules.js';
import { WorkerControl } from './operate/worker-control.js';
import type { OutputFile } from './output/output-request.js';
import { Queues } from './queue/queues.js';
import type { NotifyEvent } from './services/notify.js';
import { ArtifactFolder } from './storage/artifact-folder.js';
import { lazyRegistry } from './tasks/registry.js';
import type { ExportOptions } from './toolkit/batch-outputs.js';
import type { InlineRun } from './worker/inline-runs.js';
import type { LogLine } from './worker/log-line.js';
import type { StopReport, Worker } from './worker/worker.js';

export interface ToolkitOptions {
  /** A config that is loaded already; else it is looked for from `cwd`. */
  config?: Config;
  cwd?: string;
  /** Troubles that mend themselves: a server that went away and is waited for. */
  onTrouble?: (message: string) => void;
}

export interface WorkerRequest {
  /** Empty = every queue of the project. */
  queues?: { name: string; concurrency?: number | undefined }[];
  exclude?: string[];
  concurrency?: number | undefined;
  /** Threads and processes are replaced after so many jobs, or when they hold more bytes; inline tasks then run in processes. */
  recycleAfter?: number | undefined;
  maxBytes?: number | undefined;
  /** It asks to be stopped ({@link Worker.stopAsked}) after so many jobs, or when nothing has run for so long. */
  maxJobs?: number | undefined;
  idleExitMs?: number | undefined;
  /** Whether it adds the jobs of schedules that are due. Default true. */
  schedules?: boolean;
  onLog?: (line: LogLine) => void;
}

export async function openToolkit(options: ToolkitOptions = {}): Promise<Toolkit> {
  const config = options.config ?? (await loadFrom(options.cwd ?? process.cwd()));
  const [{ openDatabase }, { queueTables }] = await Promise.all([
    import('./database/database.js'),
    import('./queue/queue-tables.js'),
  ]);
  const db = await openDatabase({
    url: config.databaseUrl?.reveal(),
    stateDir: config.stateDir,
    queueTables,
  });
  const onTrouble = options.onTrouble ?? (() => {});
  db.onState(({ message }) => onTrouble(message));
  const queues = new Queues({
    database: db,
    redisUrl: config.redisUrl?.reveal(),
    installation: () => installationId(db),
    onTrouble,
  });
  return new Toolkit({ config, registry: lazyRegistry(config.taskFiles), db, queues, onTrouble });
}

async function loadFrom(cwd: string): Promise<Config> {
  const { loadConfig } = await import('./config/load.js');
  return (await loadConfig({ cwd, env: process.env })).config;
}

export class Toolkit {
  readonly config: Config;
  readonly tasks: TaskRegistry;
  readonly db: Database;
  readonly queues: Queues;
  /** Whole queues: looked at, paused, limited, drained, cleaned. */
  readonly queueControl: QueueControl;
  /** Single jobs: looked at, explained, cancelled, retried, waited for. */
  readonly jobs: Jobs;
  /** Jobs that are added at set times. */
  readonly schedules: Schedules;
  /** Workers on any machine: looked at, asked, paused, resized, stopped. */
  readonly workerControl: WorkerControl;
  /** Jobs that failed for good: found, looked at, tried again, removed. */
  readonly deadLetters: DeadLetters;
  readonly #parts: BatchParts;
  readonly #storage: ArtifactFolder;
  readonly #onTrouble: (message: string) => void;
  readonly #workers = new Set<Worker>();

  constructor(open: {
    config: Config;
    registry: TaskRegistry;
    db: Database;
    queues: Queues;
    onTrouble: (message: string) => void;
  }) {
    const { config, registry, db, queues } = open;
    this.config = config;
    this.tasks = registry;
    this.db = db;
    this.queues = queues;
    this.#onTrouble = open.onTrouble;
    this.#storage = new ArtifactFolder(config.storageDir);
    this.#parts = {
      db,
      queues,
      registry,
      data: config.data,
      stateDir: config.stateDir,
      queueSettings: config.queues,
      intakeLimits: config.intake,
    };
    this.deadLetters = new DeadLetters(this.#parts, () => import('./output/dead-letters-file.js'));
    this.workerControl = new WorkerControl(db);
    this.queueControl = new QueueControl({
      db,
      queues,
      settings: config.queues,
      projectQueues: () => this.queueNames(),
      addFinishJob: (batchId) => this.#addFinishJob(batchId),
    });
    this.jobs = new Jobs({
      db,
      queues,
      tasks: registry,
      queueNames: () => this.queueNames(),
      addFinishJob: (batchId) => this.#addFinishJob(batchId),
      replay: async (id) => (await this.deadLetters.replay({ ids: [id] })).refused[0]?.reason,
    });
    this.schedules = new Schedules({
      db,
      queues,
      schedules: config.schedules,
      configPath: config.file ?? config.root,
      installation: () => installationId(db),
      taskNames: () => registry.names(),
      checkConfig: async () => (await import('./config/check-schedules.js')).checkSchedules(config),
      checkJob: async (job) => {
        const { checkJob } = await import('./batch/enqueue-job.js');
        return checkJob(this.#parts, { ...job, optionsFolder: config.root });
      },
      enqueue: (job) => this.enqueue({ ...job, optionsFolder: config.root }),
      cancelJob: async (id, reason) => {
        await this.jobs.cancel(id, { reason });
      },
      notify: (event) => this.#notify(event),
      onTrouble: open.onTrouble,
      keepRunsMs: config.retention.resultsMs,
    });
  }

  /** Records every row of a file and queues its jobs. */
  async submit(request: FileRequest, progress: SubmitProgress = {}): Promise<Submission> {
    const { submit } = await import('./batch/submit.js');
    const { completeRequest } = await import('./batch/request.js');
    return submit(this.#parts, completeRequest(request), progress);
  }

  /** What {@link submit} would do, with nothing recorded. */
  async plan(request: FileRequest): Promise<Plan> {
    const { plan } = await import('./batch/plan.js');
    const { completeRequest } = await import('./batch/request.js');
    return plan(this.#parts, completeRequest(request));
  }

  /** Queues one job that belongs to no batch. */
  async enqueue(job: JobRequest): Promise<EnqueuedJob> {
    const { enqueueJob } = await import('./batch/enqueue-job.js');
    return enqueueJob(this.#parts, job);
  }

  /** True when a batch on one of these queues waits for its end to be run. */
  async awaitsFinish(queues: readonly string[]): Promise<boolean> {
    const open = await patiently(() => listOpenBatches(this.db));
    return open.some(({ state, queue }) => state === 'finishing' && queues.includes(queue));
  }

  /** Starts taking jobs in this process; it stops with {@link Worker.stop} or {@link close}. */
  async startWorker(request: WorkerRequest = {}): Promise<Worker> {
    const { startWorkerHere } = await import('./toolkit/start-worker.js');
    const worker = await startWorkerHere(
      {
        toolkit: this,
        parts: this.#parts,
        storage: this.#storage,
        notify: (event) => this.#notify(event),
        onTrouble: this.#onTrouble,
      },
      request,
    );
    this.#workers.add(worker);
    return worker;
  }

  /** What runs in this process and could break it: jobs that run now, and the names of tasks that have run. */
  inlineRuns(): { running: InlineRun[]; tasks: string[] } {
    const runs = [...this.#workers].map(({ inline }) => inline);
    return {
      running: runs.flatMap((one) => one.running()),
      tasks: [...new Set(runs.flatMap((one) => one.tasks()))],
    };
  }

  /** Names of the project's queues: those of its tasks and those of its config. */
  async queueNames(): Promise<string[]> {
    const names = new Set(Object.keys(this.config.queues));
    for (const name of await this.tasks.names()) names.add((await this.tasks.get(name)).queue ?? 'default');
    return [...names].sort();
  }

  async watch(batchId: string, options: WatchOptions = {}): Promise<WatchResult> {
    const { watchBatch } = await import('./batch/watch.js');
    return watchBatch(this.db, batchId, options);
  }

  /** @throws {NotFoundError} */
  async batch(id: string): Promise<BatchRecord> {
    const { requireBatch } = await import('./batch/watch.js');
    return patiently(() => requireBatch(this.db, id));
  }

  batches(filter: { limit: number; task?: string | undefined }): Promise<BatchRecord[]> {
    return listBatches(this.db, filter);
  }

  /** @throws {NotFoundError} ROWS_REMOVED when they were removed because they were old */
  async *rows(batchId: string, filter: { states?: RowState[] | undefined } = {}): AsyncGenerator<LedgerRow> {
    const { readRows } = await import('./ledger/rows.js');
    await this.requireRows(batchId);
    yield* readRows(this.db, batchId, filter);
  }

  /** @throws {NotFoundError} ROWS_REMOVED when the rows of the batch were removed because they were old */
  async requireRows(batchId: string): Promise<void> {
    const { areRowsRemoved } = await import('./ledger/retention.js');
    if (!(await patiently(() => areRowsRemoved(this.db, batchId)))) return;
    throw new NotFoundError(
      `The rows of batch ${batchId} were removed: it ended longer ago than results are kept`,
      {
        code: 'ROWS_REMOVED',
        hint: 'jobs config explain retention.results',
        details: { batch: batchId },
      },
    );
  }

  /** What happened, and with `follow` what happens; see {@link EventFilter}. */
  async *events(filter: EventFilter = {}): AsyncGenerator<EventLine> {
    const { readEvents } = await import('./operate/events.js');
    const { db, queues, tasks } = this;
    yield* readEvents({ db, queues, tasks, queueNames: () => this.queueNames() }, filter);
  }

  async workers(): Promise<WorkerRecord[]> {
    const { listWorkers } = await import('./ledger/workers.js');
    return listWorkers(this.db);
  }

  /** Rows that have not ended are cancelled; what runs is told to stop. Returns how many rows; undefined when it had ended. */
  async cancel(batchId: string, reason: string): Promise<number | undefined> {
    const { cancelWholeBatch } = await import('./ledger/batch-turns.js');
    await this.batch(batchId);
    return cancelWholeBatch(this.db, batchId, reason);
  }

  /** Makes sure that every open row of a batch has its job. A batch whose submission was cut off is submitted again from its file. */
  async resume(batchId: string, { signal }: Pick<SubmitProgress, 'signal'> = {}): Promise<BatchRecord> {
    const { resumeBatch } = await import('./batch/resume.js');
    await resumeBatch(this.#parts, await this.batch(batchId), { signal });
    return this.batch(batchId);
  }

  /** Writes the outputs of a batch into `outDir` and records them. */
  async export(batchId: string, options: ExportOptions): Promise<OutputFile[]> {
    const { exportBatch } = await import('./toolkit/batch-outputs.js');
    return exportBatch(this, batchId, options);
  }

  /** Rows of a batch as CSV, given to `write` part by part. */
  async exportCsv(
    batchId: string,
    filter: { states?: RowState[] | undefined },
    write: (part: string) => Promise<void>,
  ): Promise<void> {
    const { exportCsv } = await import('./toolkit/batch-outputs.js');
    await exportCsv(this, batchId, filter, write);
  }

  /** Files that were exported for a batch, as they were when written. */
  async outputs(batchId: string): Promise<OutputFile[]> {
    const { exportedFiles } = await import('./toolkit/batch-outputs.js');
    return exportedFiles(this, batchId);
  }

  /** Stops workers that still run (without waiting for what they do), then lets go of queue and database. */
  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker): Promise<StopReport> => worker.stop(0)));
    await this.queues.close();
    await this.db.close();
  }

  async #addFinishJob(batchId: string): Promise<void> {
    const { addFinishJob } = await import('./batch/finish-job.js');
    await addFinishJob(this.#parts, batchId);
  }

  /** Tells whom the config names; what goes wrong with that is a trouble like others. */
  async #notify(event: Omit<NotifyEvent, 'at'>): Promise<void> {
    const webhook = this.config.webhookUrl?.reveal();
    if (webhook === undefined) return;
    const { notify } = await import('./services/notify.js');
    const problem = await notify({ webhook, event: { ...event, at: new Date().toISOString() } });
    if (problem !== undefined) this.#onTrouble(problem);
  }
}

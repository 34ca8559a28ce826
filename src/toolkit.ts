/**
 * Everything opened from one config: the one facade for commands, screens, servers, tests and library users. It joins
 * what may not know each other (batch, worker, output, tasks) and says nothing itself: progress goes through callbacks.
 */
import { availableParallelism } from 'node:os';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { DeadLetters } from './batch/dead-letters.js';
import { checkJob, type EnqueuedJob, enqueueJob, type JobRequest } from './batch/enqueue-job.js';
import { finishBatch } from './batch/finish.js';
import { addFlowJobs } from './batch/flow-jobs.js';
import type { BatchParts } from './batch/parts.js';
import { type Plan, plan } from './batch/plan.js';
import { completeRequest, type FileRequest } from './batch/request.js';
import { StalledJobs } from './batch/stalled-jobs.js';
import { addFinishJob, type Submission, type SubmitProgress, submit } from './batch/submit.js';
import { recordStalledRow, requeueLostRows, sweep } from './batch/sweep.js';
import { requireBatch, type WatchOptions, type WatchResult, watchBatch } from './batch/watch.js';
import { checkSchedules } from './config/check-schedules.js';
import type { Config } from './config/config.js';
import { loadConfig } from './config/load.js';
import { packageVersion } from './config/package-version.js';
import { NotFoundError } from './core/error.js';
import { newWorkerId } from './core/id.js';
import type { LedgerRow, RowState } from './core/row.js';
import type { TaskLog, TaskRegistry } from './core/task.js';
import type { Database } from './database/database.js';
import {
  forgetArtifacts,
  isOurs,
  listArtifacts,
  listExportedNames,
  recordArtifact,
} from './ledger/artifacts.js';
import { cancelWholeBatch } from './ledger/batch-turns.js';
import { type BatchRecord, listBatches, listOpenBatches } from './ledger/batches.js';
import { CompletionLog } from './ledger/completion-log.js';
import { installationId } from './ledger/installation.js';
import { patiently } from './ledger/patience.js';
import { areRowsRemoved } from './ledger/retention.js';
import { readRows } from './ledger/rows.js';
import { listWorkers, type WorkerRecord } from './ledger/workers.js';
import { Breakers } from './operate/breakers.js';
import type { EventLine } from './operate/event-lines.js';
import { type EventFilter, readEvents } from './operate/events.js';
import { Jobs } from './operate/jobs.js';
import { QueueControl } from './operate/queue-control.js';
import { removeOld } from './operate/retention.js';
import { Schedules } from './operate/schedules.js';
import { WorkerControl } from './operate/worker-control.js';
import type { OutputFile, OutputRequest } from './output/output-request.js';
import type { RowJobData } from './queue/job.js';
import { queueTables } from './queue/queue-tables.js';
import { Queues } from './queue/queues.js';
import type { NotifyEvent } from './services/notify.js';
import { ArtifactFolder } from './storage/artifact-folder.js';
import { openRegistry } from './tasks/registry.js';
import type { InlineRun } from './worker/inline-runs.js';
import type { LogLine } from './worker/log-line.js';
import { type StopReport, Worker } from './worker/worker.js';

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

export interface ExportOptions {
  outDir: string;
  onNote?: ((message: string) => void) | undefined;
}

const DEFAULT_CONCURRENCY = 8;
const FORGET_EVERY_MS = 60_000;
const SCHEDULES_MS = 1_000;
/** How late a pause for a time may end. */
const PAUSES_MS = 1_000;
const RETENTION_MS = 60_000;
const SWEEP_MS = 5_000;

export async function openToolkit(options: ToolkitOptions = {}): Promise<Toolkit> {
  const config =
    options.config ?? (await loadConfig({ cwd: options.cwd ?? process.cwd(), env: process.env })).config;
  const registry = await openRegistry(config.taskFiles);
  const { openDatabase } = await import('./database/database.js');
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
  return new Toolkit({ config, registry, db, queues, onTrouble });
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
  readonly #parts: BatchParts;
  readonly #storage: ArtifactFolder;
  readonly #onTrouble: (message: string) => void;
  readonly #workers = new Set<Worker>();
  /** Jobs that failed for good: found, looked at, tried again, removed. */
  readonly deadLetters: DeadLetters;
  #forgotAtMs = Date.now();

  constructor(open: {
    config: Config;
    registry: TaskRegistry;
    db: Database;
    queues: Queues;
    onTrouble: (message: string) => void;
  }) {
    this.config = open.config;
    this.tasks = open.registry;
    this.db = open.db;
    this.queues = open.queues;
    this.#onTrouble = open.onTrouble;
    this.#storage = new ArtifactFolder(open.config.storageDir);
    this.#parts = {
      db: open.db,
      queues: open.queues,
      registry: open.registry,
      data: open.config.data,
      queueSettings: open.config.queues,
      intakeLimits: open.config.intake,
    };
    this.deadLetters = new DeadLetters(this.#parts, () => import('./output/dead-letters-file.js'));
    this.workerControl = new WorkerControl(open.db);
    this.queueControl = new QueueControl({
      db: open.db,
      queues: open.queues,
      settings: open.config.queues,
      projectQueues: () => this.queueNames(),
      addFinishJob: (batchId) => addFinishJob(this.#parts, batchId),
    });
    this.jobs = new Jobs({
      db: open.db,
      queues: open.queues,
      tasks: open.registry,
      queueNames: () => this.queueNames(),
      addFinishJob: (batchId) => addFinishJob(this.#parts, batchId),
      replay: async (id) => (await this.deadLetters.replay({ ids: [id] })).refused[0]?.reason,
    });
    this.schedules = new Schedules({
      db: open.db,
      queues: open.queues,
      schedules: open.config.schedules,
      configPath: open.config.file ?? open.config.root,
      installation: () => installationId(open.db),
      taskNames: () => open.registry.names(),
      checkConfig: () => checkSchedules(open.config),
      checkJob: (job) => checkJob(this.#parts, job),
      enqueue: (job) => this.enqueue(job),
      cancelJob: async (id, reason) => {
        await this.jobs.cancel(id, { reason });
      },
      notify: (event) => this.#notify(event),
      onTrouble: open.onTrouble,
      keepRunsMs: open.config.retention.resultsMs,
    });
  }

  /** Records every row of a file and queues its jobs. */
  submit(request: FileRequest, progress: SubmitProgress = {}): Promise<Submission> {
    return submit(this.#parts, completeRequest(request), progress);
  }

  /** What {@link submit} would do, with nothing recorded. */
  plan(request: FileRequest): Promise<Plan> {
    return plan(this.#parts, completeRequest(request));
  }

  /** Queues one job that belongs to no batch. */
  enqueue(job: JobRequest): Promise<EnqueuedJob> {
    return enqueueJob(this.#parts, job);
  }

  /** True when a batch on one of these queues waits for its end to be run. */
  async awaitsFinish(queues: readonly string[]): Promise<boolean> {
    const open = await patiently(() => listOpenBatches(this.db));
    return open.some(({ state, queue }) => state === 'finishing' && queues.includes(queue));
  }

  /** Starts taking jobs in this process; it stops with {@link Worker.stop} or {@link close}. */
  async startWorker(request: WorkerRequest = {}): Promise<Worker> {
    const log = new CompletionLog(this.db, {
      onBatchEnded: (batchId) => {
        addFinishJob(this.#parts, batchId).catch((error: Error) => this.#onTrouble(error.message));
      },
    });
    const id = newWorkerId();
    const consume = await this.#queuesToConsume(request);
    await this.queueControl.applySettings(consume.map(({ queue }) => queue));
    const stalledJobs = new StalledJobs(this.#parts);
    const breakers = new Breakers({
      db: this.db,
      queueControl: this.queueControl,
      tell: (event) => this.#notify(event),
      onTrouble: this.#onTrouble,
    });
    const worker = await Worker.start({
      id,
      db: this.db,
      queues: this.queues,
      registry: this.tasks,
      registryModule: new URL(`./tasks/registry${extname(import.meta.url)}`, import.meta.url).href,
      taskFiles: this.config.taskFiles,
      data: this.config.data,
      log,
      consume,
      limits: this.config.limits,
      isolates: Math.max(1, Math.min(availableParallelism(), request.concurrency ?? availableParallelism())),
      recycleAfter: request.recycleAfter,
      maxBytes: request.maxBytes,
      maxJobs: request.maxJobs,
      idleExitMs: request.idleExitMs,
      slotsOf: (queue) => this.#slotsOf(queue, request),
      prepareQueue: (queue) => this.queueControl.applySettings([queue]),
      versions: versions(),
      finishBatch: (batchId, signal) =>
        finishBatch(this.#parts, this.#storage, finishLog(request, id, batchId), { batchId, signal }),
      onStalledOut: (job, reason) => {
        const data = job.data as RowJobData;
        if (data.kind !== 'row') return;
        const row = { id: data.row, fence: data.fenceBase + job.attempts + 1, attempts: job.attempts };
        recordStalledRow(log, row, job.id, { failedReason: reason, data }).catch((error: Error) =>
          this.#onTrouble(error.message),
        );
      },
      onFailure: (job, task, error) => breakers.failed(job.queue, task, error),
      pauseQueue: (job, reason) => breakers.asked(job.queue, job.task, reason),
      addJobs: ({ id, queue, data }, flow) =>
        addFlowJobs(this.#parts, { id, queue, requestId: data.requestId }, flow),
      chores: [
        {
          name: 'the sweep',
          everyMs: SWEEP_MS,
          run: async () => {
            await sweep(this.#parts, log);
            for (const { queue } of worker.queues) await stalledJobs.look(queue);
            await this.#forgetOldJobs(worker.queues);
          },
        },
        { name: 'the pauses that are over', everyMs: PAUSES_MS, run: () => this.queueControl.resumeDue() },
        { name: 'the retention', everyMs: RETENTION_MS, run: () => this.#removeOld() },
        ...(request.schedules === false
          ? []
          : [{ name: 'the schedules', everyMs: SCHEDULES_MS, run: () => this.schedules.tick() }]),
      ],
      onTrouble: this.#onTrouble,
      onLog: request.onLog ?? (() => {}),
    });
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
    for (const name of this.tasks.names()) names.add((await this.tasks.get(name)).queue ?? 'default');
    return [...names].sort();
  }

  watch(batchId: string, options: WatchOptions = {}): Promise<WatchResult> {
    return watchBatch(this.db, batchId, options);
  }

  /** @throws {NotFoundError} */
  batch(id: string): Promise<BatchRecord> {
    return patiently(() => requireBatch(this.db, id));
  }

  batches(filter: { limit: number; task?: string | undefined }): Promise<BatchRecord[]> {
    return listBatches(this.db, filter);
  }

  /** @throws {NotFoundError} ROWS_REMOVED when they were removed because they were old */
  async *rows(batchId: string, filter: { states?: RowState[] | undefined } = {}): AsyncGenerator<LedgerRow> {
    await this.#requireRows(batchId);
    yield* readRows(this.db, batchId, filter);
  }

  /** What happened, and with `follow` what happens; see {@link EventFilter}. */
  events(filter: EventFilter = {}): AsyncGenerator<EventLine> {
    const { db, queues, tasks } = this;
    const places = { db, queues, tasks, queueNames: () => this.queueNames() };
    return readEvents(places, filter);
  }

  workers(): Promise<WorkerRecord[]> {
    return listWorkers(this.db);
  }

  /** Rows that have not ended are cancelled; what runs is told to stop. Returns how many rows; undefined when it had ended. */
  async cancel(batchId: string, reason: string): Promise<number | undefined> {
    await this.batch(batchId);
    return cancelWholeBatch(this.db, batchId, reason);
  }

  /** Makes sure that every open row of a batch has its job. A batch whose submission was cut off is submitted again from its file. */
  async resume(batchId: string, { signal }: Pick<SubmitProgress, 'signal'> = {}): Promise<BatchRecord> {
    const batch = await this.batch(batchId);
    if (batch.state === 'submitting') {
      const { force, notBeforeMs: _delay, expiresAtMs: _expiry, priority, ...selection } = batch.selection;
      const request = {
        task: batch.task,
        file: batch.source.path,
        options: batch.options,
        sheet: batch.source.sheet,
      };
      const again = { selection, force, mustResume: true, queue: batch.queue, priority };
      await this.submit({ ...request, ...again }, { signal });
    } else if (batch.state === 'running' || batch.state === 'finishing') {
      await requeueLostRows(this.#parts, batch);
    }
    return this.batch(batchId);
  }

  /** Writes the outputs of a batch into `outDir` and records them. */
  async export(batchId: string, { outDir, onNote }: ExportOptions): Promise<OutputFile[]> {
    const { writeOutputs } = await import('./output/write-outputs.js');
    const request = await this.#outputRequest(batchId, { outDir, onNote });
    const outputs = await writeOutputs(request);
    for (const output of outputs) {
      await recordArtifact(this.db, batchId, {
        ...output,
        name: basename(output.path),
        title: null,
        origin: 'export',
      });
    }
    const written = new Set(outputs.map(({ path }) => path));
    const before = await listArtifacts(this.db, batchId, 'export');
    const gone = before.filter(({ path }) => dirname(path) === request.outDir && !written.has(path));
    await forgetArtifacts(
      this.db,
      batchId,
      'export',
      gone.map(({ path }) => path),
    );
    return outputs;
  }

  /** Rows of a batch as CSV, given to `write` part by part. */
  async exportCsv(
    batchId: string,
    filter: { states?: RowState[] | undefined },
    write: (part: string) => Promise<void>,
  ): Promise<void> {
    const { streamCsv } = await import('./output/csv-file.js');
    const request = await this.#outputRequest(batchId, { outDir: '.' });
    await streamCsv({ ...request, rows: () => this.rows(batchId, filter) }, write);
  }

  /** Files that were exported for a batch, as they were when written. */
  async outputs(batchId: string): Promise<OutputFile[]> {
    const exported = await listArtifacts(this.db, batchId, 'export');
    return exported.map(({ kind, path, sha256, bytes }) => ({ kind, path, sha256, bytes }));
  }

  async #outputRequest(batchId: string, { outDir, onNote }: ExportOptions): Promise<OutputRequest> {
    const batch = await this.batch(batchId);
    await this.#requireRows(batchId);
    const task = await this.tasks.get(batch.task).catch((error: unknown) => {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    });
    const artifacts = await listArtifacts(this.db, batchId, 'finish');
    const folder = resolve(outDir);
    const { file } = batch.source;
    return {
      batch: {
        id: batch.id,
        task: { name: batch.task, version: batch.taskVersion, title: task?.title ?? batch.task },
        options: batch.options,
        source: batch.source,
        counts: batch.counts,
        state: batch.state,
        createdAt: batch.createdAt,
        startedAt: batch.startedAt,
        endedAt: batch.endedAt,
        replaces: batch.replaces ?? undefined,
        versions: versions(),
        backends: { database: this.db.kind, queue: this.queues.kind },
      },
      resultColumns: task?.results ?? [],
      chart: task?.chart,
      rows: () => this.rows(batchId),
      artifacts: artifacts.map((artifact) => ({ ...artifact, title: artifact.title ?? undefined })),
      outDir: folder,
      earlier: await listExportedNames(this.db, { task: batch.task, file, folder: join(folder, '/') }),
      stem: basename(file, extname(file)),
      maxStyledBytes: this.config.output.maxStyledBytes,
      owns: (path, sha256) => isOurs(this.db, path, sha256),
      onNote,
    };
  }

  /** Stops workers that still run (without waiting for what they do), then lets go of queue and database. */
  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker): Promise<StopReport> => worker.stop(0)));
    await this.queues.close();
    await this.db.close();
  }

  #removeOld(): Promise<void> {
    const parts = { db: this.db, storage: this.#storage };
    return removeOld(parts, { resultsMs: this.config.retention.resultsMs });
  }

  /** @throws {NotFoundError} ROWS_REMOVED when the rows of the batch were removed because they were old */
  async #requireRows(batchId: string): Promise<void> {
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

  /** Completed jobs of no batch are kept as long as the config says; looked at once a minute. */
  async #forgetOldJobs(queues: readonly { queue: string }[]): Promise<void> {
    if (Date.now() - this.#forgotAtMs < FORGET_EVERY_MS) return;
    this.#forgotAtMs = Date.now();
    await this.queues.limiter.forgetIdle();
    for (const { queue } of queues) await this.queues.forgetCompleted(queue, this.config.retention.completed);
  }

  /** Tells whom the config names; what goes wrong with that is a trouble like others. */
  async #notify(event: Omit<NotifyEvent, 'at'>): Promise<void> {
    const webhook = this.config.webhookUrl?.reveal();
    if (webhook === undefined) return;
    const { notify } = await import('./services/notify.js');
    const problem = await notify({ webhook, event: { ...event, at: new Date().toISOString() } });
    if (problem !== undefined) this.#onTrouble(problem);
  }

  async #queuesToConsume(request: WorkerRequest): Promise<{ queue: string; concurrency: number }[]> {
    const named = request.queues ?? [];
    const wanted =
      named.length > 0 ? named : (await this.queueNames()).map((name) => ({ name, concurrency: undefined }));
    return wanted
      .filter(({ name }) => !(request.exclude ?? []).includes(name))
      .map(({ name, concurrency }) => ({
        queue: name,
        concurrency: concurrency ?? this.#slotsOf(name, request),
      }));
  }

  #slotsOf(queue: string, request: WorkerRequest): number {
    return request.concurrency ?? this.config.queues[queue]?.concurrency ?? DEFAULT_CONCURRENCY;
  }
}

function finishLog({ onLog }: WorkerRequest, worker: string, batch: string): TaskLog {
  const source = {
    job: null,
    task: null,
    batch,
    row: null,
    attempt: null,
    queue: null,
    worker,
    requestId: null,
  };
  return {
    info: (message) => onLog?.({ level: 'info', message, ...source }),
    warn: (message) => onLog?.({ level: 'warn', message, ...source }),
  };
}

function versions(): Record<string, string> {
  return { sluice: packageVersion(), node: process.versions.node };
}

/**
 * Everything opened from one config: the one facade for commands, screens, servers, tests and library users. It joins
 * what may not know each other (batch, worker, output, tasks) and says nothing itself: progress goes through callbacks.
 */
import { availableParallelism } from 'node:os';
import { basename, extname, resolve } from 'node:path';
import { enqueueJob, type JobRequest } from './batch/enqueue-job.js';
import { finishBatch } from './batch/finish.js';
import type { BatchParts } from './batch/parts.js';
import { type Plan, plan } from './batch/plan.js';
import { completeRequest, type FileRequest } from './batch/request.js';
import { addFinishJob, type Submission, type SubmitProgress, submit } from './batch/submit.js';
import { recordStalledRow, requeueLostRows, sweep } from './batch/sweep.js';
import { type JobEnd, waitForJob } from './batch/wait-for-job.js';
import {
  requireBatch,
  type WaitOptions,
  type WatchOptions,
  type WatchResult,
  watchBatch,
} from './batch/watch.js';
import type { Config } from './config/config.js';
import { loadConfig } from './config/load.js';
import { packageVersion } from './config/package-version.js';
import { NotFoundError } from './core/error.js';
import { newWorkerId } from './core/id.js';
import type { LedgerRow, RowState } from './core/row.js';
import type { TaskLog, TaskRegistry } from './core/task.js';
import type { Database } from './database/database.js';
import { isOurs, listArtifacts, recordArtifact } from './ledger/artifacts.js';
import { type BatchRecord, cancelBatch, listBatches, listOpenBatches } from './ledger/batches.js';
import { CompletionLog } from './ledger/completion-log.js';
import { installationId } from './ledger/installation.js';
import { patiently } from './ledger/patience.js';
import { readRows } from './ledger/rows.js';
import { listWorkers, type WorkerRecord } from './ledger/workers.js';
import type { OutputFile, OutputRequest } from './output/output-request.js';
import type { RowJobData } from './queue/job.js';
import { queueTables } from './queue/queue-tables.js';
import { Queues } from './queue/queues.js';
import { ArtifactFolder } from './storage/artifact-folder.js';
import { openRegistry } from './tasks/registry.js';
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
  onLog?: (line: { level: 'info' | 'warn'; message: string; job: string; task: string }) => void;
}

export interface ExportOptions {
  outDir: string;
  onNote?: ((message: string) => void) | undefined;
}

const DEFAULT_CONCURRENCY = 8;
const FORGET_EVERY_MS = 60_000;

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
  readonly #parts: BatchParts;
  readonly #storage: ArtifactFolder;
  readonly #onTrouble: (message: string) => void;
  readonly #workers = new Set<Worker>();
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
      intakeLimits: open.config.intake,
    };
  }

  /** Records every row of a file and queues its jobs. */
  submit(request: FileRequest, progress: SubmitProgress = {}): Promise<Submission> {
    return submit(this.#parts, completeRequest(request), progress);
  }

  /** What {@link submit} would do, with nothing recorded. */
  plan(request: FileRequest): Promise<Plan> {
    return plan(this.#parts, completeRequest(request));
  }

  /** Queues one job that belongs to no batch. Returns its id. */
  enqueue(job: JobRequest): Promise<{ id: string; queue: string }> {
    return enqueueJob(this.#parts, job);
  }

  /** Waits until a job that belongs to no batch has completed or failed. */
  waitForJob(job: { id: string; queue: string }, options: WaitOptions = {}): Promise<JobEnd> {
    return waitForJob(this.queues, job, options);
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
    const taskLog = (level: 'info' | 'warn') => (message: string) =>
      request.onLog?.({ level, message, job: '', task: '' });
    const finishLog: TaskLog = { info: taskLog('info'), warn: taskLog('warn') };
    const consume = await this.#queuesToConsume(request);
    const worker = await Worker.start({
      id: newWorkerId(),
      db: this.db,
      queues: this.queues,
      registry: this.tasks,
      registryModule: new URL(`./tasks/registry${extname(import.meta.url)}`, import.meta.url).href,
      taskFiles: this.config.taskFiles,
      data: this.config.data,
      log,
      consume,
      threads: Math.max(1, Math.min(availableParallelism(), request.concurrency ?? availableParallelism())),
      versions: versions(),
      finishBatch: (batchId, signal) =>
        finishBatch(this.#parts, this.#storage, finishLog, { batchId, signal }),
      onStalledOut: (job, reason) => {
        const data = job.data as RowJobData;
        if (data.kind !== 'row') return;
        const row = { id: data.row, fence: data.fenceBase + job.attempts + 1, attempts: job.attempts };
        recordStalledRow(log, row, job.id, { failedReason: reason, data }).catch((error: Error) =>
          this.#onTrouble(error.message),
        );
      },
      sweep: async () => {
        await sweep(this.#parts, log);
        await this.#forgetOldJobs(consume);
      },
      onTrouble: this.#onTrouble,
      onLog: request.onLog ?? (() => {}),
    });
    this.#workers.add(worker);
    return worker;
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

  rows(batchId: string, filter: { states?: RowState[] | undefined } = {}): AsyncGenerator<LedgerRow> {
    return readRows(this.db, batchId, filter);
  }

  workers(): Promise<WorkerRecord[]> {
    return listWorkers(this.db);
  }

  /** Rows that have not ended are cancelled; what runs is told to stop. Returns how many rows; undefined when it had ended. */
  async cancel(batchId: string, reason: string): Promise<number | undefined> {
    await this.batch(batchId);
    return cancelBatch(this.db, batchId, reason);
  }

  /** Makes sure that every open row of a batch has its job. A batch whose submission was cut off is submitted again from its file. */
  async resume(batchId: string, { signal }: Pick<SubmitProgress, 'signal'> = {}): Promise<BatchRecord> {
    const batch = await this.batch(batchId);
    if (batch.state === 'submitting') {
      const { force, ...selection } = batch.selection;
      const request = {
        task: batch.task,
        file: batch.source.path,
        options: batch.options,
        sheet: batch.source.sheet,
      };
      const again = { selection, force: force === true, mustResume: true, queue: batch.queue };
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
    const task = await this.tasks.get(batch.task).catch((error: unknown) => {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    });
    const artifacts = await listArtifacts(this.db, batchId, 'finish');
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
      outDir: resolve(outDir),
      stem: basename(batch.source.file, extname(batch.source.file)),
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

  /** Completed jobs of no batch are kept as long as the config says; looked at once a minute. */
  async #forgetOldJobs(queues: readonly { queue: string }[]): Promise<void> {
    if (Date.now() - this.#forgotAtMs < FORGET_EVERY_MS) return;
    this.#forgotAtMs = Date.now();
    for (const { queue } of queues) await this.queues.forgetCompleted(queue, this.config.retention.completed);
  }

  async #queuesToConsume(request: WorkerRequest): Promise<{ queue: string; concurrency: number }[]> {
    const named = request.queues ?? [];
    const wanted =
      named.length > 0 ? named : (await this.queueNames()).map((name) => ({ name, concurrency: undefined }));
    return wanted
      .filter(({ name }) => !(request.exclude ?? []).includes(name))
      .map(({ name, concurrency }) => ({
        queue: name,
        concurrency:
          concurrency ?? request.concurrency ?? this.config.queues[name]?.concurrency ?? DEFAULT_CONCURRENCY,
      }));
  }
}

function versions(): Record<string, string> {
  return { sluice: packageVersion(), node: process.versions.node };
}

/** Starts a worker in this process, with all that it does beside its jobs: sweeps, pauses, retention, schedules. */
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { finishBatch } from '../batch/finish.js';
import { addFinishJob } from '../batch/finish-job.js';
import { addFlowJobs } from '../batch/flow-jobs.js';
import type { BatchParts } from '../batch/parts.js';
import { StalledJobs } from '../batch/stalled-jobs.js';
import { recordStalledRow, sweep } from '../batch/sweep.js';
import { packageVersions } from '../config/package-version.js';
import { newWorkerId } from '../core/id.js';
import { CompletionLog } from '../ledger/completion-log.js';
import { tellLostWorkers } from '../ledger/workers.js';
import { Breakers } from '../operate/breakers.js';
import { removeOld } from '../operate/retention.js';
import type { RowJobData } from '../queue/job.js';
import type { NotifyEvent } from '../services/notify.js';
import type { ArtifactFolder } from '../storage/artifact-folder.js';
import type { Toolkit, WorkerRequest } from '../toolkit.js';
import type { Chore } from '../worker/chores.js';
import { Worker, type WorkerOptions } from '../worker/worker.js';

export interface WorkerPlaces {
  toolkit: Toolkit;
  parts: BatchParts;
  storage: ArtifactFolder;
  notify: (event: Omit<NotifyEvent, 'at'>) => Promise<void>;
  onTrouble: (message: string) => void;
}

const DEFAULT_CONCURRENCY = 8;
const FORGET_MS = 60_000;
const SCHEDULES_MS = 1_000;
/** How late a pause for a time may end. */
const PAUSES_MS = 1_000;
const RETENTION_MS = 60_000;
const SWEEP_MS = 5_000;
const LOST_MS = 15_000;

/** @throws {InputError} when a task file cannot be loaded */
export async function startWorkerHere(places: WorkerPlaces, request: WorkerRequest): Promise<Worker> {
  const { toolkit, parts, storage, onTrouble } = places;
  const { config, queueControl } = toolkit;
  await toolkit.tasks.names();
  const log = new CompletionLog(toolkit.db, {
    onBatchEnded: (batchId) => {
      addFinishJob(parts, batchId).catch((error: Error) => onTrouble(error.message));
    },
  });
  const consume = await queuesToConsume(toolkit, request);
  await queueControl.applySettings(consume.map(({ queue }) => queue));
  const worker: Worker = await Worker.start({
    id: newWorkerId(),
    db: toolkit.db,
    queues: toolkit.queues,
    registry: toolkit.tasks,
    registryModule: new URL(`../tasks/registry${extname(import.meta.url)}`, import.meta.url).href,
    taskFiles: config.taskFiles,
    data: config.data,
    stateDir: config.stateDir,
    storage,
    log,
    consume,
    limits: config.limits,
    isolates: Math.max(1, Math.min(availableParallelism(), request.concurrency ?? availableParallelism())),
    recycleAfter: request.recycleAfter,
    maxBytes: request.maxBytes,
    maxJobs: request.maxJobs,
    idleExitMs: request.idleExitMs,
    slotsOf: (queue) => slotsOf(toolkit, queue, request),
    prepareQueue: (queue) => queueControl.applySettings([queue]),
    versions: packageVersions(),
    finishBatch: (batchId, run) => finishBatch(parts, storage, batchId, run),
    onStalledOut: stalledOut(log, onTrouble),
    ...breakers(places),
    addJobs: ({ id, queue, data }, flow) =>
      addFlowJobs(parts, { id, queue, requestId: data.requestId, optionsFolder: config.root }, flow),
    chores: chores(places, request, { log, queues: () => worker.queues }),
    onTrouble,
    onLog: request.onLog ?? (() => {}),
  });
  return worker;
}

function stalledOut(log: CompletionLog, onTrouble: (message: string) => void): WorkerOptions['onStalledOut'] {
  return (job, reason) => {
    const data = job.data as RowJobData;
    if (data.kind !== 'row') return;
    const row = { id: data.row, fence: data.fenceBase + job.attempts + 1, attempts: job.attempts };
    recordStalledRow(log, row, job.id, { failedReason: reason, data }).catch((error: Error) =>
      onTrouble(error.message),
    );
  };
}

function breakers({
  toolkit,
  notify,
  onTrouble,
}: WorkerPlaces): Pick<WorkerOptions, 'onFailure' | 'pauseQueue'> {
  const { db, queueControl } = toolkit;
  const rules = new Breakers({ db, queueControl, tell: notify, onTrouble });
  return {
    onFailure: (job, task, error) => rules.failed(job.queue, task, error),
    pauseQueue: (job, reason) => rules.asked(job.queue, job.task, reason),
  };
}

type ServedQueues = () => readonly { queue: string }[];

function chores(
  { toolkit, parts, storage }: WorkerPlaces,
  request: WorkerRequest,
  { log, queues }: { log: CompletionLog; queues: ServedQueues },
): Chore[] {
  const stalledJobs = new StalledJobs(parts);
  const kept = { resultsMs: toolkit.config.retention.resultsMs };
  const schedules = { name: 'the schedules', everyMs: SCHEDULES_MS, run: () => toolkit.schedules.tick() };
  return [
    {
      name: 'the sweep',
      everyMs: SWEEP_MS,
      run: async () => {
        await sweep(parts, log);
        for (const { queue } of queues()) await stalledJobs.look(queue);
      },
    },
    { name: 'the lost workers', everyMs: LOST_MS, run: () => tellLostWorkers(parts.db) },
    { name: 'the old jobs', everyMs: FORGET_MS, run: () => forgetOldJobs(toolkit, queues()) },
    { name: 'the pauses that are over', everyMs: PAUSES_MS, run: () => toolkit.queueControl.resumeDue() },
    { name: 'the retention', everyMs: RETENTION_MS, run: () => removeOld({ db: parts.db, storage }, kept) },
    ...(request.schedules === false ? [] : [schedules]),
  ];
}

/** Completed jobs of no batch are kept as long as the config says. */
async function forgetOldJobs(
  { queues, config }: Toolkit,
  served: readonly { queue: string }[],
): Promise<void> {
  await queues.limiter.forgetIdle();
  for (const { queue } of served) await queues.forgetCompleted(queue, config.retention.completed);
}

async function queuesToConsume(toolkit: Toolkit, request: WorkerRequest): Promise<WorkerOptions['consume']> {
  const named = request.queues ?? [];
  const wanted =
    named.length > 0 ? named : (await toolkit.queueNames()).map((name) => ({ name, concurrency: undefined }));
  return wanted
    .filter(({ name }) => !(request.exclude ?? []).includes(name))
    .map(({ name, concurrency }) => ({
      queue: name,
      concurrency: concurrency ?? slotsOf(toolkit, name, request),
    }));
}

function slotsOf({ config }: Toolkit, queue: string, request: WorkerRequest): number {
  return request.concurrency ?? config.queues[queue]?.concurrency ?? DEFAULT_CONCURRENCY;
}

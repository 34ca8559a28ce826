/** Runs a batch from submission (or where it stopped) to its outputs, in this process; shared by `run` and `batch resume`. */
import type { BatchRequest } from '../batch/request.js';
import type { BatchProgress } from '../batch/watch.js';
import { settlesWithin } from '../core/deadline.js';
import type { CellIssue, LedgerRow } from '../core/row.js';
import type { Counts } from '../core/tally.js';
import type { BatchRecord } from '../ledger/batches.js';
import type { OutputFile } from '../output/output-request.js';
import type { Toolkit } from '../toolkit.js';
import type { LogLine } from '../worker/log-line.js';
import type { Worker } from '../worker/worker.js';
import { EXIT } from './exit-code.js';
import { queueDeaf } from './queue-deaf.js';
import type { StopSignal } from './stop-signal.js';

export interface RunOptions {
  outDir: string;
  concurrency?: number | undefined;
  timeoutMs?: number | undefined;
  /** Cancels the batch when more rows have failed. */
  maxFailures?: { count: number; percent: boolean } | undefined;
  stop: StopSignal;
  onBatch: (batch: { id: string; continued: boolean; warnings: string[] }) => void;
  onProgress: (progress: BatchProgress) => void;
  onNote: (message: string) => void;
  onTaskLog: (line: LogLine) => void;
}

/** The result of a run; its shape is a public promise. */
export interface RunResult {
  batch: string;
  task: string;
  source: { file: string; sha256: string; sheet?: string; rows: number };
  counts: Counts;
  startedAt: string;
  elapsedMs: number;
  outputs: OutputFile[];
  failures: RowFailure[];
}

export interface RowFailure {
  row: number;
  sheet?: string;
  cell?: string;
  field?: string;
  code: string;
  message: string;
}

export interface RunEnd {
  batchId: string;
  /** Undefined when the run was cut short and the ledger did not answer. */
  result: RunResult | undefined;
  exitCode: number;
  /** How it ended, when not by its last row. */
  cut: 'timed-out' | 'interrupted' | undefined;
}

const GRACE_MS = 10_000;
const LAST_READ_MS = 3_000;
const SHOWN_FAILURES = 100;

/** Submits `request`, or goes on with the batch of an id. */
export async function runBatch(
  toolkit: Toolkit,
  what: BatchRequest | { batchId: string },
  options: RunOptions,
): Promise<RunEnd> {
  const began = Date.now();
  const work = workOn(toolkit, options);
  const { timeoutMs, stop } = options;
  const signal =
    timeoutMs === undefined ? stop.signal : AbortSignal.any([stop.signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const batchId =
      'batchId' in what
        ? await resume(toolkit, what.batchId, work, { ...options, signal })
        : await begin(toolkit, what, work, { ...options, signal });
    const watch = toolkit.watch(batchId, {
      signal: stop.signal,
      deadlineMs: timeoutMs === undefined ? undefined : began + timeoutMs,
      onProgress: (progress) => {
        options.onProgress(progress);
        cancelWhenTooManyFailed(toolkit, progress, options);
      },
    });
    const watched = await Promise.race([watch, work.failure]);
    const stopping = work.stop();
    if (watched !== 'ended') {
      await stopping;
      return endCut(toolkit, batchId, watched === 'timed-out' ? 'timed-out' : 'interrupted');
    }
    const batch = await toolkit.batch(batchId);
    const outputs = await toolkit.export(batchId, { outDir: options.outDir, onNote: options.onNote });
    if (batch.counts.total === 0)
      options.onNote(`no row of ${batch.source.file} was asked for; nothing was run`);
    if (batch.finishError !== null)
      options.onNote(`the end of the batch failed: ${batch.finishError.message}`);
    return {
      batchId,
      result: await toResult(toolkit, batch, outputs),
      exitCode: exitCodeOf(batch),
      cut: undefined,
    };
  } finally {
    await work.stop();
  }
}

async function endCut(toolkit: Toolkit, batchId: string, cut: NonNullable<RunEnd['cut']>): Promise<RunEnd> {
  const reading = toolkit.batch(batchId).then((batch) => toResult(toolkit, batch, []));
  const result = (await settlesWithin(reading, LAST_READ_MS))
    ? await reading.catch(() => undefined)
    : undefined;
  return { batchId, result, exitCode: cut === 'timed-out' ? EXIT.timeout : EXIT.interrupted, cut };
}

interface Work {
  start(queue: string): void;
  /** Rejects when the worker could not be started; nobody would run the batch here. */
  failure: Promise<never>;
  /** Never rejects. */
  stop(): Promise<void>;
}

function workOn(toolkit: Toolkit, options: RunOptions): Work {
  let worker: Promise<Worker> | undefined;
  let fail: (error: unknown) => void;
  const failure = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failure.catch(() => {});
  return {
    failure,
    start(queue) {
      worker ??= toolkit.startWorker({
        schedules: false,
        queues: [{ name: queue, concurrency: options.concurrency }],
        concurrency: options.concurrency,
        onLog: options.onTaskLog,
      });
      worker
        .then(({ stopAsked }) => stopAsked)
        .then((reason) => {
          if (reason.kind === 'deaf') fail(queueDeaf(reason));
          else options.stop.ask();
        })
        .catch((error: unknown) => fail(error));
    },
    async stop() {
      const started = await worker?.catch(() => undefined);
      await started?.stop(GRACE_MS);
    },
  };
}

type CutOptions = RunOptions & { signal: AbortSignal };

async function begin(
  toolkit: Toolkit,
  request: BatchRequest,
  work: Work,
  options: CutOptions,
): Promise<string> {
  const { batchId } = await toolkit.submit(request, {
    signal: options.signal,
    onBatch: (batch) => {
      options.onBatch(batch);
      work.start(batch.queue);
    },
  });
  return batchId;
}

async function resume(toolkit: Toolkit, batchId: string, work: Work, options: CutOptions): Promise<string> {
  const batch = await toolkit.batch(batchId);
  options.onBatch({ id: batch.id, continued: true, warnings: [] });
  work.start(batch.queue);
  await toolkit.resume(batchId, { signal: options.signal });
  return batchId;
}

function cancelWhenTooManyFailed(
  toolkit: Toolkit,
  { batch, counts }: BatchProgress,
  options: RunOptions,
): void {
  const limit = options.maxFailures;
  if (limit === undefined || batch.state !== 'running') return;
  const allowed = limit.percent ? (counts.total * limit.count) / 100 : limit.count;
  if (counts.failed <= allowed) return;
  toolkit
    .cancel(batch.id, `stopped by --max-failures: ${counts.failed} rows failed`)
    .catch((error: Error) => options.onNote(error.message));
}

function exitCodeOf(batch: BatchRecord): number {
  const { counts } = batch;
  const clean = counts.failed + counts.invalid + counts.cancelled === 0 && batch.finishError === null;
  return clean ? EXIT.done : EXIT.someFailed;
}

export async function toResult(
  toolkit: Toolkit,
  batch: BatchRecord,
  outputs: OutputFile[],
): Promise<RunResult> {
  const failures: RowFailure[] = [];
  for await (const row of toolkit.rows(batch.id, { states: ['failed', 'invalid'] })) {
    if (failures.length === SHOWN_FAILURES) break;
    failures.push(toFailure(row, batch));
  }
  const startedAt = batch.startedAt ?? batch.createdAt;
  return {
    batch: batch.id,
    task: batch.task,
    source: {
      file: batch.source.file,
      sha256: batch.source.sha256,
      ...(batch.source.sheet === undefined ? {} : { sheet: batch.source.sheet }),
      rows: batch.counts.total,
    },
    counts: batch.counts,
    startedAt,
    elapsedMs: (batch.endedAt === null ? Date.now() : Date.parse(batch.endedAt)) - Date.parse(startedAt),
    outputs,
    failures,
  };
}

/** Why a row failed, and in which cell when that is known. */
export function toFailure(row: LedgerRow, batch: BatchRecord): RowFailure {
  const issue: CellIssue | undefined = row.issues[0];
  const field = issue?.field ?? row.error?.field;
  const column = batch.source.columns.find((one) => one.field === field);
  const cell = issue?.cell ?? (column === undefined ? undefined : `${column.letter}${row.number}`);
  return {
    row: row.number,
    ...(batch.source.sheet === undefined ? {} : { sheet: batch.source.sheet }),
    ...(cell === undefined ? {} : { cell }),
    ...(field === undefined ? {} : { field }),
    code: issue?.code ?? row.error?.code ?? 'FAILED',
    message: row.reason ?? issue?.message ?? row.error?.message ?? row.state,
  };
}

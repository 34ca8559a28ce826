/** What an attempt is about, from its job and its batch. */
import { withDataOptions } from '../config/data-options.js';
import type { AnyTask, DataSource } from '../core/task.js';
import type { BatchRecord } from '../ledger/batches.js';
import type { DeliveredJob } from '../queue/consumer.js';
import type { PlainJobData, RowJobData } from '../queue/job.js';
import type { AttemptFacts } from './run-task.js';

export interface Surroundings {
  /** The config's data entries. */
  data: Record<string, DataSource>;
  stateDir: string;
}

/** @throws {InputError} DATA_OPTION_EMPTY when the files that an option names are not here */
export function rowFacts(
  { data, stateDir }: Surroundings,
  job: DeliveredJob,
  row: RowJobData,
  { task, batch, attempt }: { task: AnyTask; batch: BatchRecord; attempt: number },
): AttemptFacts {
  return {
    task: job.task,
    input: row.input,
    options: batch.options,
    prepared: batch.prepared,
    data: dataOf(task, batch, data),
    job: { id: job.id, queue: job.queue },
    batch: { id: batch.id, source: batch.source.file },
    row: { number: row.number, ...(batch.source.sheet === undefined ? {} : { sheet: batch.source.sheet }) },
    attempt,
    requestId: row.requestId,
    previous: null,
    stateDir,
  };
}

/** As {@link rowFacts}, of a single job. */
export async function plainFacts(
  { data, stateDir }: Surroundings,
  job: DeliveredJob,
  plain: PlainJobData,
  task: AnyTask,
): Promise<AttemptFacts> {
  return {
    task: job.task,
    input: plain.input,
    options: plain.options,
    prepared: plain.prepared,
    data: withDataOptions(task, plain.options, data),
    job: { id: job.id, queue: job.queue },
    batch: null,
    row: null,
    attempt: job.attemptsMade + job.leasesLost + 1,
    requestId: plain.requestId,
    previous: plain.after === undefined ? null : previousOf(plain.after, await job.childValues()),
    stateDir,
  };
}

const dataOfBatches = new WeakMap<BatchRecord, Record<string, DataSource>>();

/** Patterns are looked up once for each reading of the batch, not for each row. */
function dataOf(
  task: AnyTask,
  batch: BatchRecord,
  data: Record<string, DataSource>,
): Record<string, DataSource> {
  if (task.dataOptions === undefined) return data;
  const known = dataOfBatches.get(batch) ?? withDataOptions(task, batch.options, data);
  dataOfBatches.set(batch, known);
  return known;
}

/** What the one before in a chain returned, or those of a chord in the order they were written. */
function previousOf(after: NonNullable<PlainJobData['after']>, values: Record<string, unknown>): unknown {
  const found = after.jobs.map((id) => values[id] ?? null);
  return after.kind === 'chain' ? found[0] : found;
}

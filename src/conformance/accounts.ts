/** Reads what the journal, the ledger and the queue say, as plain data. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Database } from '../database/database.js';
import type { Toolkit } from '../toolkit.js';
import type {
  AttemptAccount,
  AuditAccount,
  BatchAccount,
  History,
  JobAccount,
  JournalLine,
  LetterAccount,
} from './history.js';
import { QUEUE } from './project.js';

/** Follows a journal that is being written. */
export class Journal {
  readonly #file: string;
  readonly #lines: JournalLine[] = [];
  #offset = 0;
  #rest = '';

  constructor(file: string) {
    this.#file = file;
  }

  /** Every line until now. */
  lines(): readonly JournalLine[] {
    const file = openSync(this.#file, 'r');
    try {
      const fresh = Buffer.alloc(fstatSync(file).size - this.#offset);
      this.#offset += readSync(file, fresh, 0, fresh.length, this.#offset);
      const parts = (this.#rest + fresh.toString('utf8')).split('\n');
      this.#rest = parts.pop() ?? '';
      this.#lines.push(...parts.map((line) => JSON.parse(line) as JournalLine));
    } finally {
      closeSync(file);
    }
    return this.#lines;
  }

  count(event: JournalLine['event']): number {
    return this.lines().filter((line) => line.event === event).length;
  }

  /** Processes in which a run has begun and has not come to its end. */
  runningIn(): Set<number> {
    const open = new Map<string, number>();
    for (const { event, run, pid } of this.lines()) {
      if (event === 'begin') open.set(run, pid);
      if (event === 'end' || event === 'fail') open.delete(run);
    }
    return new Set(open.values());
  }
}

/** The same clock as the journal's. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

/** `plain` are the ids of acknowledged jobs that belong to no batch. */
export async function readAccounts(
  toolkit: Toolkit,
  plain: readonly string[],
): Promise<Pick<History, 'ledger' | 'queue'>> {
  const { db } = toolkit;
  const rows = await readRows(db);
  return {
    ledger: {
      batches: await readBatches(db),
      jobs: [...rows, ...(await readPlainJobs(toolkit, plain))],
      attempts: await readAttempts(db),
      letters: await readLetters(db),
      audit: (await db.query<AuditAccount>('select action, count from sluice.audit order by id')).rows,
    },
    queue: { ...(await toolkit.queues.counts(QUEUE)) },
  };
}

async function readBatches(db: Database): Promise<BatchAccount[]> {
  const { rows } = await db.query<
    BatchAccount['counts'] & Omit<BatchAccount, 'counts'> & { finish_runs: number; finish_error: unknown }
  >(
    `select b.*, coalesce((select jsonb_agg(name) from sluice.artifact a where a.batch_id = b.id and a.origin = 'finish'), '[]')
       as artifacts from sluice.batch b order by created_at`,
  );
  return rows.map(
    ({ id, state, total, completed, failed, invalid, skipped, cancelled, finish_runs, ...batch }) => ({
      id,
      state,
      counts: { total, completed, failed, invalid, skipped, cancelled },
      finishRuns: finish_runs,
      finishError: batch.finish_error === null ? null : JSON.stringify(batch.finish_error),
      artifacts: batch.artifacts,
    }),
  );
}

async function readRows(db: Database): Promise<JobAccount[]> {
  const { rows } = await db.query<JobAccount>(
    `select batch_id || '-' || number as job, batch_id as batch, state, attempts, result, reason as message
     from sluice.row order by id`,
  );
  return rows;
}

async function readPlainJobs({ queues }: Toolkit, ids: readonly string[]): Promise<JobAccount[]> {
  const jobs: JobAccount[] = [];
  for (const id of ids) {
    const found = await queues.find(QUEUE, id);
    if (found === undefined) continue;
    const { state, failedReason } = found;
    const result = (found.value ?? null) as JobAccount['result'];
    jobs.push({ job: id, batch: null, state, attempts: null, result, message: failedReason ?? null });
  }
  return jobs;
}

async function readAttempts(db: Database): Promise<AttemptAccount[]> {
  const { rows } = await db.query<AttemptAccount>(
    `select r.batch_id || '-' || r.number as job, a.number, a.outcome
     from sluice.attempt a join sluice.row r on r.id = a.row_id
     union all select job_id, number, outcome from sluice.job_attempt`,
  );
  return rows;
}

async function readLetters(db: Database): Promise<LetterAccount[]> {
  const { rows } = await db.query<LetterAccount>(
    'select job_id as job, state, attempts from sluice.dead_letter order by failed_at',
  );
  return rows;
}

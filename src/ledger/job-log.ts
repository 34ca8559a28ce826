/**
 * What tasks said through `ctx.log`, kept for `jobs job logs`. Lines are written in groups: at most 100 lines, or what
 * 250 ms have brought, go together. A job keeps 1,000 lines; the one after them says that there are no more.
 */
import { cleanString } from '../core/json-value.js';
import { plural } from '../core/text.js';
import type { Database, Session } from '../database/database.js';
import { patiently } from './patience.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogLine {
  /** Rises with every line of a job. */
  id: string;
  at: string;
  level: LogLevel;
  message: string;
}

interface WaitingLine {
  job: string;
  at: string;
  level: LogLevel;
  message: string;
}

export const MOST_LINES = 1_000;
const GROUP_LINES = 100;
const GATHER_MS = 250;
const MOST_LENGTH = 4_000;
/** While the ledger is away lines wait, but no more than this many of all jobs together. */
const MOST_WAITING = 10_000;
/** Jobs whose lines are counted here; of those that were forgotten, the ledger itself counts. */
const MOST_COUNTED = 10_000;
const NO_MORE = `no more lines of this job are kept; it wrote ${MOST_LINES.toLocaleString('en-US')}`;

export class JobLog {
  readonly #db: Database;
  readonly #onTrouble: (message: string) => void;
  readonly #counted = new Map<string, number>();
  #waiting: WaitingLine[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #dropped = 0;

  /** `onTrouble` is told of lines that could not be kept. */
  constructor(db: Database, { onTrouble = () => {} }: { onTrouble?: (message: string) => void } = {}) {
    this.#db = db;
    this.#onTrouble = onTrouble;
  }

  /** Never throws and never waits: a task does not fail because its log could not be kept. */
  write(jobId: string, level: LogLevel, message: string): void {
    const count = this.#count(jobId);
    if (count > MOST_LINES + 1) return;
    if (this.#waiting.length >= MOST_WAITING) {
      this.#dropped += 1;
      return;
    }
    const isLast = count === MOST_LINES + 1;
    this.#waiting.push({
      job: jobId,
      at: new Date().toISOString(),
      level: isLast ? 'warn' : level,
      message: isLast ? NO_MORE : clean(message),
    });
    if (this.#waiting.length >= GROUP_LINES) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  /** Writes what waits. Never rejects. */
  async close(): Promise<void> {
    this.#flush();
    await this.#writing;
  }

  #count(jobId: string): number {
    const count = (this.#counted.get(jobId) ?? 0) + 1;
    this.#counted.set(jobId, count);
    if (this.#counted.size > MOST_COUNTED) this.#counted.delete(this.#counted.keys().next().value!);
    return count;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#writeAll());
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, GROUP_LINES);
      let isAgain = false;
      const insert = (): Promise<void> => {
        const written = insertLines(this.#db, group, { isAgain });
        isAgain = true;
        return written;
      };
      await patiently(insert).catch((error: Error) => {
        this.#onTrouble(`${plural(group.length, 'line')} of job logs could not be kept: ${error.message}`);
      });
    }
    if (this.#dropped === 0) return;
    this.#onTrouble(
      `${plural(this.#dropped, 'line')} of job logs could not be kept while ${plural(MOST_WAITING, 'line')} waited for the ledger`,
    );
    this.#dropped = 0;
  }
}

/** Lines that are there already are counted, so that a job keeps to its bound whichever workers ran it. */
async function insertLines(
  db: Session,
  lines: readonly WaitingLine[],
  { isAgain }: { isAgain: boolean },
): Promise<void> {
  await db.query(
    `with input as (
       select l.*, row_number() over (partition by job order by n) as place
       from jsonb_to_recordset($1::jsonb) as l(n int, job text, at timestamptz, level text, message text)
       -- Of a group whose answer was lost: nothing is written twice.
       where not ($2::boolean and exists (select 1 from sluice.job_log k
         where k.job_id = l.job and k.at = l.at and k.message = l.message))
     ), kept as (
       select job, (select count(*) from (
         select 1 from sluice.job_log k where k.job_id = j.job limit ${MOST_LINES + 1}) few) as lines
       from (select distinct job from input) j
     )
     insert into sluice.job_log (job_id, at, level, message)
     select i.job, i.at,
       case when k.lines + i.place > ${MOST_LINES} then 'warn' else i.level end,
       case when k.lines + i.place > ${MOST_LINES} then $3 else i.message end
     from input i join kept k on k.job = i.job
     where k.lines + i.place <= ${MOST_LINES + 1}
     order by i.n`,
    [JSON.stringify(lines.map((line, n) => ({ n, ...line }))), isAgain, NO_MORE],
  );
}

function clean(message: string): string {
  return cleanString(message.length > MOST_LENGTH ? `${message.slice(0, MOST_LENGTH)}…` : message);
}

/** Lines of one job after line `after`, first to last. */
export async function readJobLog(
  db: Session,
  jobId: string,
  { after = '0', limit = MOST_LINES + 1 }: { after?: string; limit?: number } = {},
): Promise<LogLine[]> {
  const { rows } = await db.query<{ id: string; at: Date; level: LogLevel; message: string }>(
    // Ordered by the number: `id` alone would be the text.
    `select l.id::text, at, level, message from sluice.job_log l
     where job_id = $1 and l.id > $2::bigint order by l.id limit $3`,
    [jobId, after, limit],
  );
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

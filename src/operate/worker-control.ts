/**
 * What operators see of workers and ask of them, from any machine. Wishes go through the ledger: a worker reads its letters
 * every second, and one that cannot now does what they say when it can again.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { WaitOptions } from '../core/deadline.js';
import { NotFoundError, UsageError } from '../core/error.js';
import { nearestName } from '../core/nearest-name.js';
import type { Database } from '../database/database.js';
import { currentActor, recordAudit } from '../ledger/audit.js';
import { patiently } from '../ledger/patience.js';
import { listProducedCodes, type ProducedCode } from '../ledger/task-codes.js';
import { readAnswers, type WorkerAnswer, type WorkerVerb, writeLetters } from '../ledger/worker-letters.js';
import { findStopped, listWorkers, type WorkerRecord } from '../ledger/workers.js';

export interface WorkerLine extends WorkerRecord {
  /** Of open batches that it serves and whose task it has in another form, or not at all. */
  otherTasks: OtherTask[];
}

export interface OtherTask {
  task: string;
  batch: string;
  /** What the producer of the batch had; no hash when it was not recorded. */
  wanted: { version: number; hash: string | null };
  /** What the worker has; null = no such task. */
  has: { version: number | null; hash: string } | null;
}

export interface WorkerWish {
  verb: WorkerVerb;
  queue?: string | undefined;
  slots?: number | undefined;
}

export interface WorkerReply {
  worker: WorkerRecord;
  /** Undefined: it has not answered yet; the letter waits for it. */
  answer: WorkerAnswer | undefined;
  tookMs: number | undefined;
}

const LOOK_EVERY_MS = 200;

export class WorkerControl {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Workers that have not stopped, and those that were lost within the last hour. */
  async list(): Promise<WorkerLine[]> {
    const [workers, produced] = await Promise.all([
      patiently(() => listWorkers(this.#db)),
      patiently(() => listProducedCodes(this.#db)),
    ]);
    return workers.map((worker) => ({ ...worker, otherTasks: otherTasks(worker, produced) }));
  }

  /**
   * The workers that `words` name: an id, the beginning of one, `host:pid`, or `all`; each once, in the order they started.
   * @throws {NotFoundError} WORKER_NOT_FOUND with the nearest id; NO_WORKER when none runs
   * @throws {UsageError} WORKER_AMBIGUOUS
   */
  async find(words: readonly string[]): Promise<WorkerRecord[]> {
    const workers = await patiently(() => listWorkers(this.#db));
    if (workers.length === 0) throw noWorker();
    const found = new Set(words.flatMap((word) => (word === 'all' ? workers : [named(word, workers)])));
    return workers.filter((worker) => found.has(worker));
  }

  /**
   * Writes to each of `workers` and waits until all have answered, or the deadline or the signal comes first.
   * @throws {NotFoundError} QUEUE_NOT_SERVED when a queue that none of them serves is to be dropped or resized
   */
  async ask(
    workers: readonly WorkerRecord[],
    wish: WorkerWish,
    options: WaitOptions = {},
  ): Promise<WorkerReply[]> {
    if (wish.verb === 'drop-queue' || wish.verb === 'scale') requireServed(wish.queue, workers);
    const letters = await this.#write(workers, wish);
    const answers = await this.#answers([...letters.values()], options);
    return workers.map((worker) => {
      const letter = answers.get(letters.get(worker.id)!);
      return { worker, answer: letter?.answer, tookMs: letter?.tookMs };
    });
  }

  /** Waits until these workers have stopped. Returns those that have not by the deadline. */
  async untilStopped(workers: readonly WorkerRecord[], options: WaitOptions): Promise<WorkerRecord[]> {
    const ids = workers.map(({ id }) => id);
    for (;;) {
      const stopped = await patiently(() => findStopped(this.#db, ids));
      const left = workers.filter(({ id }) => !stopped.has(id));
      if (left.length === 0 || isOver(options)) return left;
      await wait(LOOK_EVERY_MS);
    }
  }

  #write(workers: readonly WorkerRecord[], { verb, queue, slots }: WorkerWish): Promise<Map<string, string>> {
    const ids = workers.map(({ id }) => id);
    const args = { ...(queue === undefined ? {} : { queue }), ...(slots === undefined ? {} : { slots }) };
    return this.#db.transaction(async (tx) => {
      const letters = await writeLetters(tx, { workers: ids, verb, args, askedBy: currentActor() });
      if (verb !== 'ping') {
        await recordAudit(tx, {
          action: `worker ${verb}`,
          target: { workers: ids },
          count: ids.length,
          details: args,
        });
      }
      return letters;
    });
  }

  async #answers(letters: readonly string[], options: WaitOptions) {
    for (;;) {
      const answers = await patiently(() => readAnswers(this.#db, letters));
      if (answers.length === letters.length || isOver(options)) {
        return new Map(answers.map((letter) => [letter.id, letter]));
      }
      await wait(LOOK_EVERY_MS);
    }
  }
}

function isOver({ deadlineMs, signal }: WaitOptions): boolean {
  return signal?.aborted === true || Date.now() >= (deadlineMs ?? Number.POSITIVE_INFINITY);
}

function named(word: string, workers: readonly WorkerRecord[]): WorkerRecord {
  const matching = workers.filter(({ id, host, pid }) => id === word || `${host}:${pid}` === word);
  const found = matching.length > 0 ? matching : workers.filter(({ id }) => id.startsWith(word));
  if (found.length === 1) return found[0]!;
  const ids = workers.map(({ id }) => id);
  if (found.length > 1) {
    throw new UsageError(`"${word}" is the beginning of ${found.map(({ id }) => id).join(', ')}`, {
      code: 'WORKER_AMBIGUOUS',
      hint: 'type more of the one you mean',
      details: { worker: word, found: found.map(({ id }) => id) },
    });
  }
  const nearest = nearestName(word, ids);
  throw new NotFoundError(`There is no worker "${word}"`, {
    code: 'WORKER_NOT_FOUND',
    hint: nearest === undefined ? 'jobs worker list' : `did you mean ${nearest}? See: jobs worker list`,
    details: { worker: word, known: ids.slice(0, 100) },
  });
}

function requireServed(queue: string | undefined, workers: readonly WorkerRecord[]): void {
  if (queue === undefined || workers.some(({ slots }) => queue in slots)) return;
  const served = [...new Set(workers.flatMap(({ slots }) => Object.keys(slots)))];
  const nearest = nearestName(queue, served);
  throw new NotFoundError(`No worker that was named serves queue "${queue}"`, {
    code: 'QUEUE_NOT_SERVED',
    hint: nearest === undefined ? 'jobs worker list' : `did you mean ${nearest}? See: jobs worker list`,
    details: { queue, served },
  });
}

function noWorker(): NotFoundError {
  return new NotFoundError('No worker runs, and none was lost within the last hour', {
    code: 'NO_WORKER',
    hint: 'start one: jobs worker',
  });
}

function otherTasks(worker: WorkerRecord, produced: readonly ProducedCode[]): OtherTask[] {
  return produced
    .filter(({ queue }) => queue in worker.slots)
    .flatMap(({ task, batch, version, hash }) => {
      const has = codeOf(worker, task, hash);
      const isSame =
        has !== null && (has.version ?? version) === version && (hash === null || has.hash === hash);
      return isSame ? [] : [{ task, batch, wanted: { version, hash }, has }];
    });
}

/** Tasks that come with sluice are loaded when they are first needed: until then the package says which they are. */
function codeOf(worker: WorkerRecord, task: string, wanted: string | null): OtherTask['has'] {
  const code = worker.tasks[task];
  if (code !== undefined) return code;
  if (wanted?.startsWith('sluice ') !== true) return null;
  return { version: null, hash: `sluice ${worker.versions.sluice}` };
}

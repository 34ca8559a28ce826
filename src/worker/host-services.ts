/** The worker's side of what an attempt may ask for. */

import type { BatchEnd } from '../core/batch-end.js';
import { UsageError } from '../core/error.js';
import type { KeptFile } from '../core/kept-file.js';
import { parseRate } from '../core/rate.js';
import type { LedgerRow } from '../core/row.js';
import type { FlowRequest, JobRef } from '../core/task.js';
import type { Database } from '../database/database.js';
import { findEffect, recordEffect } from '../ledger/effects.js';
import type { JobLog } from '../ledger/job-log.js';
import { releaseLock, takeLock } from '../ledger/locks.js';
import { patiently } from '../ledger/patience.js';
import type { DeliveredJob } from '../queue/consumer.js';
import { keyBucket, type RateLimiter, Turns, taskBucket } from '../queue/limiter.js';
import type { AttemptServices, Deferral, FinishServices } from './attempt-services.js';
import { type LogLine, sourceOfJob } from './log-line.js';
import type { ScratchFolders } from './scratch-folders.js';

export interface HostOptions {
  db: Database;
  limiter: RateLimiter;
  /** Rates of the config by name. */
  limits: Readonly<Record<string, string>>;
  jobLog: JobLog;
  scratch: ScratchFolders;
  worker: string;
  onLog: (line: LogLine) => void;
  addJobs: (parent: DeliveredJob, request: FlowRequest) => Promise<JobRef[]>;
}

export class HostServices implements AttemptServices {
  readonly #options: HostOptions;
  readonly #job: DeliveredJob;
  readonly #scope: string;
  readonly #keep: (file: KeptFile) => Promise<void>;
  #scratch: Promise<string> | undefined;
  #hasEnded = false;
  #locks: Map<string, NodeJS.Timeout> | undefined;
  #turns: Turns | undefined;

  /** `scope` is what effects are recorded under, `keep` takes the files that the task keeps. */
  constructor(
    options: HostOptions,
    job: DeliveredJob,
    { scope, keep }: { scope: string; keep: (file: KeptFile) => Promise<void> },
  ) {
    this.#options = options;
    this.#job = job;
    this.#scope = scope;
    this.#keep = keep;
  }

  /** Progress is for people: a task does not fail because it could not be told. */
  progress(value: number | object): Promise<void> {
    return this.#job.progress(value).catch(() => {});
  }

  log(level: 'info' | 'warn', message: string): void {
    this.#options.onLog({ level, message, ...sourceOfJob(this.#job, this.#options.worker) });
    this.#options.jobLog.write(this.#job.id, level, message);
  }

  heartbeat(): void {}

  async openScratch(): Promise<string> {
    this.#refuseWhenEnded();
    this.#scratch ??= this.#options.scratch.make();
    return this.#scratch;
  }

  async keepFile(file: KeptFile): Promise<void> {
    this.#refuseWhenEnded();
    await this.#keep(file);
  }

  findEffect(key: string): Promise<{ value: unknown } | undefined> {
    return patiently(() => findEffect(this.#options.db, this.#scope, key));
  }

  recordEffect(key: string, value: unknown): Promise<unknown> {
    return patiently(() => recordEffect(this.#options.db, this.#scope, key, value));
  }

  /** One turn of the task's own rate. */
  async takeTaskTurn(task: string, rate: string): Promise<Deferral | null> {
    return this.#take(taskBucket(task), { text: rate, label: `of task ${task}` });
  }

  async takeTurn(name: string, rate: string | undefined): Promise<Deferral | null> {
    const text = rate ?? this.#options.limits[name];
    if (text === undefined) {
      throw new UsageError(`there is no limit named "${name}"`, {
        code: 'LIMIT_UNKNOWN',
        hint: `write its rate in the config, limits: { '${name}': '60/m' }, or in the call: ctx.limit('${name}', '60/m')`,
      });
    }
    return this.#take(keyBucket(name), { text, label: name });
  }

  async takeLock(key: string, ttlMs: number): Promise<boolean> {
    const { db } = this.#options;
    const claim = { key, holder: this.#holder(), ttlMs };
    if (!(await patiently(() => takeLock(db, claim)))) return false;
    this.#locks ??= new Map();
    const renew = setInterval(() => takeLock(db, claim).catch(() => {}), Math.max(ttlMs / 3, 100));
    this.#locks.set(key, renew);
    return true;
  }

  async releaseLock(key: string): Promise<void> {
    const renewal = this.#locks?.get(key);
    if (renewal === undefined) return;
    clearInterval(renewal);
    this.#locks!.delete(key);
    await patiently(() => releaseLock(this.#options.db, { key, holder: this.#holder() }));
  }

  addJobs(request: FlowRequest): Promise<JobRef[]> {
    return this.#options.addJobs(this.#job, request);
  }

  /** The attempt has ended: what it still holds is let go. Undefined when it holds nothing. */
  close(): Promise<void> | undefined {
    this.#hasEnded = true;
    const holdsLocks = this.#locks !== undefined && this.#locks.size > 0;
    return holdsLocks || this.#scratch !== undefined ? this.#letGo() : undefined;
  }

  async #letGo(): Promise<void> {
    for (const key of [...(this.#locks?.keys() ?? [])]) await this.releaseLock(key).catch(() => {});
    const scratch = await this.#scratch?.catch(() => undefined);
    if (scratch !== undefined) await this.#options.scratch.remove(scratch);
  }

  /** Of a run that was given up and left behind. */
  #refuseWhenEnded(): void {
    if (this.#hasEnded) throw new Error(`job ${this.#job.id}: this attempt has ended`);
  }

  async #take(bucket: string, { text, label }: { text: string; label: string }): Promise<Deferral | null> {
    const rate = parseRate(text);
    if (rate === undefined) return null;
    this.#turns ??= new Turns(this.#options.limiter, this.#job.data.turns);
    const wait = await this.#turns.take(bucket, rate);
    if (wait === undefined) return null;
    const reason = `waits for its turn of the limit ${label} (${text})`;
    return { delayMs: Math.max(wait.retryAtMs - Date.now(), 0), reason, turns: wait.turns };
  }

  #holder(): string {
    return `${this.#options.worker}:${this.#job.id}:${this.#job.starts}`;
  }
}

/** Of the end of a batch. */
export class FinishHost extends HostServices implements FinishServices {
  readonly #end: BatchEnd;

  constructor(options: HostOptions, job: DeliveredJob, end: BatchEnd) {
    super(options, job, { scope: `finish:${job.id}`, keep: (file) => end.keepFile(file) });
    this.#end = end;
  }

  readRows(after: number): Promise<LedgerRow[]> {
    return this.#end.readRows(after);
  }
}

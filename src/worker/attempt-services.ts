/** What running code asks of its worker. All arguments and answers are JSON: they may come from a thread or process. */
import type { KeptFile } from '../core/kept-file.js';
import type { LedgerRow } from '../core/row.js';
import type { FlowRequest, JobRef } from '../core/task.js';

/** A rate limit has no turn free: come again in `delayMs`, with `turns` in the job's data. */
export interface Deferral {
  delayMs: number;
  reason: string;
  turns?: Record<string, number>;
}

export interface WorkServices {
  progress(value: number | object): Promise<void>;
  log(level: 'info' | 'warn', message: string): void;
  heartbeat(): void;
  /** An empty folder, the same at each call; the worker removes it when the attempt ends, however it ends. */
  openScratch(): Promise<string>;
  /** The file is moved away. */
  keepFile(file: KeptFile): Promise<void>;
}

/** Of a row's attempt, or a single job's. */
export interface AttemptServices extends WorkServices {
  findEffect(key: string): Promise<{ value: unknown } | undefined>;
  recordEffect(key: string, value: unknown): Promise<unknown>;
  /** Null = the turn is taken. */
  takeTurn(name: string, rate: string | undefined): Promise<Deferral | null>;
  /** The worker keeps the lock until it is released or the attempt ends, however it ends. */
  takeLock(key: string, ttlMs: number): Promise<boolean>;
  releaseLock(key: string): Promise<void>;
  addJobs(request: FlowRequest): Promise<JobRef[]>;
}

/** Of the end of a batch. */
export interface FinishServices extends WorkServices {
  /** A page of the batch's rows after row number `after`; an empty one is the end. */
  readRows(after: number): Promise<LedgerRow[]>;
}

export type AnyServices = AttemptServices & FinishServices;

/** Methods whose answer nobody waits for; the others are asked. */
export const TOLD = ['progress', 'log', 'heartbeat'] as const satisfies readonly (keyof AnyServices)[];
export const ASKED = [
  'openScratch',
  'keepFile',
  'findEffect',
  'recordEffect',
  'takeTurn',
  'takeLock',
  'releaseLock',
  'addJobs',
  'readRows',
] as const satisfies readonly Exclude<keyof AnyServices, (typeof TOLD)[number]>[];

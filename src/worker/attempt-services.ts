/** What a running attempt asks of its worker. All arguments and answers are JSON: they may come from a thread or process. */
import type { FlowRequest, JobRef } from '../core/task.js';

/** A rate limit has no turn free: come again in `delayMs`, with `turns` in the job's data. */
export interface Deferral {
  delayMs: number;
  reason: string;
  turns?: Record<string, number>;
}

export interface AttemptServices {
  progress(value: number | object): Promise<void>;
  log(level: 'info' | 'warn', message: string): void;
  heartbeat(): void;
  findEffect(key: string): Promise<{ value: unknown } | undefined>;
  recordEffect(key: string, value: unknown): Promise<unknown>;
  /** Null = the turn is taken. */
  takeTurn(name: string, rate: string | undefined): Promise<Deferral | null>;
  /** The worker keeps the lock until it is released or the attempt ends, however it ends. */
  takeLock(key: string, ttlMs: number): Promise<boolean>;
  releaseLock(key: string): Promise<void>;
  addJobs(request: FlowRequest): Promise<JobRef[]>;
}

/** Methods whose answer nobody waits for; the others are asked. */
export const TOLD = ['progress', 'log', 'heartbeat'] as const satisfies readonly (keyof AttemptServices)[];
export const ASKED = [
  'findEffect',
  'recordEffect',
  'takeTurn',
  'takeLock',
  'releaseLock',
  'addJobs',
] as const satisfies readonly Exclude<keyof AttemptServices, (typeof TOLD)[number]>[];

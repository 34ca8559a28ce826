/** What crosses the border between a worker and its threads: JSON, and one port per attempt. */
import type { MessagePort } from 'node:worker_threads';
import type { ErrorRecord } from '../core/error.js';
import type { AttemptFacts } from './run-task.js';

export interface ThreadRequest {
  facts: AttemptFacts;
  port: MessagePort;
}

export type ThreadOutcome =
  | { kind: 'done'; value: Record<string, unknown> | null }
  | { kind: 'retry-after'; delayMs: number; reason: string }
  | { kind: 'failed'; error: ErrorRecord; final: boolean; result: Record<string, unknown> | null };

export type FromThread =
  | { type: 'progress'; value: number | object }
  | { type: 'log'; level: 'info' | 'warn'; message: string }
  | { type: 'find-effect'; key: string; call: number }
  | { type: 'record-effect'; key: string; value: unknown; call: number };

export type ToThread = { call: number; value: unknown } | { call: number; failed: string };

/** What crosses the border between a worker and its threads and processes: JSON, one attempt at a time. */
import type { ErrorRecord } from '../core/error.js';
import type { BusyAnswer } from '../core/retry-after.js';
import type { SentWork } from './work.js';

/** How an attempt of a task ended. */
export type AttemptOutcome =
  | { kind: 'done'; value: Record<string, unknown> | null }
  /** Waits without having failed; `turns` are rate limit turns it was given for when it comes back. */
  | { kind: 'retry-after'; delayMs: number; reason: string; turns?: Record<string, number> }
  | {
      kind: 'failed';
      error: ErrorRecord;
      /** Name of the class of what was thrown. */
      kindName: string;
      final: boolean;
      result: Record<string, unknown> | null;
      /** A server said that it is busy, and for how long. */
      busy?: BusyAnswer;
    };

export interface ThrownInWorker {
  name: string;
  code: string;
  message: string;
  hint?: string;
}

export type FromIsolate =
  /** The task is loaded, and runs from now on. */
  | { type: 'begun' }
  | { type: 'tell'; method: string; args: unknown[] }
  | { type: 'ask'; call: number; method: string; args: unknown[] }
  /** `heapBytes`: what this isolate holds, for recycling. */
  | { type: 'end'; outcome: AttemptOutcome; heapBytes: number };

export type ToIsolate =
  | { type: 'run'; work: SentWork }
  | { type: 'answer'; call: number; value: unknown }
  | { type: 'refuse'; call: number; error: ThrownInWorker }
  | { type: 'stop'; reason: { name: string; message: string } };

/** What every isolate is started with. */
export interface IsolateSetup {
  registryModule: string;
  taskFiles: string[];
}

/** Environment variable by which a process learns its {@link IsolateSetup}. */
export const SETUP_VARIABLE = 'JOBS_ISOLATE_SETUP';

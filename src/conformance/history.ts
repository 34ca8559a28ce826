/** The three accounts of what happened, and what the ledger and the queue say: plain data, for the checker to reconcile. */

/** A line that a task wrote in its journal while it ran. */
export interface JournalLine {
  /** Milliseconds of the machine's monotonic clock, the same for all processes. */
  atMs: number;
  event: 'begin' | 'effect' | 'effect-recorded' | 'end' | 'fail' | 'strike' | 'finish';
  /** Id of the job; of the batch for `finish`. */
  job: string;
  attempt: number;
  /** Names this one run of the code. */
  run: string;
  pid: number;
}

/** A file that a producer was told is recorded: `n` of its first row, and how many. */
export interface AcknowledgedBatch {
  id: string;
  firstN: number;
  rows: number;
}

/** What a person did, and when the command that did it had said so. */
export interface OperatorAct {
  kind: 'cancel-batch' | 'cancel-jobs' | 'replay';
  /** Batch or job ids; none for a replay of everything. */
  ids: string[];
  /** What the command said it did. */
  count: number;
  atMs: number;
}

/** While a server is gone, a process frozen; begins and ends at once for a kill. */
export interface FaultWindow {
  beganMs: number;
  endedMs: number;
}

export interface BatchAccount {
  id: string;
  state: string;
  counts: Record<'total' | 'completed' | 'failed' | 'invalid' | 'skipped' | 'cancelled', number>;
  finishRuns: number;
  finishError: string | null;
  /** Names of what `finish` wrote. */
  artifacts: string[];
}

export interface JobAccount {
  /** `<batch>-<row>` for a row. */
  job: string;
  /** Null for a job of its own. */
  batch: string | null;
  state: string;
  /** As people count them; null where the ledger keeps no number. */
  attempts: number | null;
  result: { n?: unknown; run?: unknown; attempt?: unknown; once?: unknown } | null;
  message: string | null;
}

export interface AttemptAccount {
  job: string;
  number: number;
  outcome: string | null;
}

export interface LetterAccount {
  job: string;
  state: string;
  attempts: number;
}

export interface AuditAccount {
  action: string;
  count: number;
}

export interface History {
  acknowledged: { batches: AcknowledgedBatch[]; jobs: { id: string; n: number }[] };
  journal: JournalLine[];
  operators: OperatorAct[];
  windows: FaultWindow[];
  /** Rows whose n is a multiple of this fail for good; null = none does. */
  failEvery: number | null;
  /** What a batch's finish writes. */
  artifacts: string[];
  /** The queue threw keys away: failed jobs may be gone from it, and only the ledger has their letters. */
  queueForgets: boolean;
  ledger: {
    batches: BatchAccount[];
    jobs: JobAccount[];
    attempts: AttemptAccount[];
    letters: LetterAccount[];
    audit: AuditAccount[];
  };
  /** Jobs by state that are in the queue; only `completed` and `failed` may be left. */
  queue: Record<string, number>;
}

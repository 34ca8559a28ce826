/** What a fault is, how large a run is, and what is said of it afterwards. */
import type { Stage } from './stage.js';

export const BACKENDS = ['pglite', 'postgres', 'redis'] as const;
export type Backend = (typeof BACKENDS)[number];

export interface Fault {
  /** What `--only` takes: `kill-mid-run`. */
  name: string;
  /** What is done, in one line. */
  title: string;
  backends: readonly Backend[];
  /** A server that must be given to be harmed; without it the fault is left out. */
  harms?: 'redis' | 'postgres';
  /** Where no lease is lost it met no running job, and the report says so. */
  costsLeases?: boolean;
  /** Sets up the load, injects the fault and ends it; whatever follows is the same for all. */
  run(stage: Stage): Promise<void>;
}

export interface Sizes {
  /** Jobs of each fault, at least 40. */
  jobs: number;
  /** How long a server is gone, a process is frozen, a loop is blocked. */
  outageMs: number;
  /** The lease of a job; at least a second. */
  leaseMs: number;
}

export const FULL_SIZE: Sizes = { jobs: 1_000, outageMs: 40_000, leaseMs: 15_000 };

/** A server of the suite's own, which may be harmed. */
export interface HarmableServer {
  url: string;
  /** At once, with no goodbye. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** It keeps its connections and says nothing. */
  freeze(): void;
  thaw(): void;
  cutConnections(): Promise<void>;
  /** Redis: its memory is full and it refuses to write. PostgreSQL: nobody gets a connection. */
  exhaust(): Promise<void>;
  relieve(): Promise<void>;
  /** Redis only: it throws keys away as it likes. */
  evict(): Promise<void>;
}

export interface Servers {
  redis?: HarmableServer | undefined;
  postgres?: HarmableServer | undefined;
}

export interface FaultReport {
  fault: string;
  title: string;
  backend: Backend;
  verdict: 'kept' | 'broken' | 'left-out';
  /** Rows and single jobs that a producer was told are recorded. */
  jobs: number;
  /** Of those: not in the ledger or the queue, or said to have completed though no run came to its end. */
  lost: number;
  /** Runs beyond the first that no failure and no wish of the task accounts for. */
  ranTwice: number;
  /** Attempts that the ledger shows as lost or superseded. */
  leasesLost: number;
  /** Not ended when the deadline had passed. */
  stuck: number;
  /** From the end of the fault until everything it had cut off has run to its end; null when it cut off nothing. */
  recoveryMs: number | null;
  elapsedMs: number;
  seed: number;
  /** Broken promises, one a line; why it was left out. */
  complaints: string[];
  /** Worth knowing, and no promise broken. */
  notes: string[];
  /** Where journal, accounts and logs are kept when a promise was broken. */
  evidence: string | null;
}

/** What the outputs of a batch are made from. Plain facts: this folder knows neither the ledger nor the config. */
import type { LedgerRow, SourceInfo } from '../core/row.js';
import type { Counts } from '../core/tally.js';

export interface OutputRequest {
  batch: BatchFacts;
  /** Result columns in the order they are written everywhere; empty = every key seen in the results. */
  resultColumns: readonly string[];
  /** A numeric result column whose distribution the report draws. */
  chart?: { column: string; title: string; unit: string } | undefined;
  /** Every row of the batch in row order. Asked for several times, never twice at once. */
  rows: () => AsyncIterable<LedgerRow>;
  /** Files that the task's `finish` made, on the local disk. */
  artifacts: readonly BatchArtifact[];
  /** Made when it is missing. */
  outDir: string;
  /** Names of what was written there for the same task and file before: what is not written again is removed if it is ours. */
  earlier?: readonly string[] | undefined;
  /** First part of every file name, without extension. */
  stem: string;
  /** Source workbooks up to this many bytes keep their styles. */
  maxStyledBytes: number;
  /** True when the file at `path` with this content was written by us: it may be replaced or removed. */
  owns?: ((path: string, sha256: string) => Promise<boolean>) | undefined;
  /** Told what a reader of the outputs should know, in full sentences. */
  onNote?: ((message: string) => void) | undefined;
}

export interface BatchFacts {
  id: string;
  task: { name: string; version: number; title: string };
  options: Record<string, unknown>;
  source: SourceInfo;
  counts: Counts;
  state: string;
  /** ISO 8601, as are the next two. */
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  /** The batch whose failed rows this one tried again. */
  replaces?: string | undefined;
  /** `sluice`, `node` and the backends, with their versions. */
  versions: Record<string, string>;
  backends: { database: string; queue: string };
}

export interface BatchArtifact {
  name: string;
  /** One of the output kinds: `geojson`, `raster`, … */
  kind: string;
  title?: string | undefined;
  path: string;
  sha256: string;
  bytes: number;
}

export interface OutputFile {
  kind: string;
  /** `outDir` and the file's name. */
  path: string;
  sha256: string;
  bytes: number;
}

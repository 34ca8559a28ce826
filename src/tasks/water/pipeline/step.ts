/** What a step of the desilting pipeline is: what it reads, what it leaves, and how its end is recorded. */
import type { ReportSection } from '../../../core/report-section.js';
import type { DataSource, TaskLog } from '../../../core/task.js';
import type { DesiltingOptions } from '../desilting-options.js';
import type { Spool } from '../spool.js';
import type { LocatedRow } from './located-rows.js';

/** In the order of the original's pipeline, which is the order they run in. */
export const STEP_NAMES = [
  'mws',
  'lulc',
  'drainage',
  'catchment-area',
  'stream-order',
  'waterbodies',
  'precipitation',
  'drought',
  'desilting-points',
  'match',
  'terrain',
  'mws-layer',
  'zoi',
] as const;

export type StepName = (typeof STEP_NAMES)[number];

/** A `data` entry of the config, or what an earlier step leaves. */
export type StepSource = `data.${string}` | `step.${StepName}`;

export interface Step {
  name: StepName;
  /** For people: `Water bodies`. */
  title: string;
  /** Raised whenever the same sources would give other outputs: what is kept of an older version is made again. */
  version: number;
  /** One of each group must be there; the first that is, is read. */
  needs: readonly (readonly StepSource[])[];
  /** Read when they are there. */
  uses?: readonly StepSource[];
  /** Options that its outputs follow from. */
  options?: readonly (keyof DesiltingOptions)[];
  /** Its outputs name the project, which is the batch's file. */
  namesProject?: true;
  /** What it reads of the rows. Default nothing. */
  reads?: 'watersheds' | 'points';
  /** Its code, loaded when it runs. */
  load(): Promise<RunStep>;
}

/** Writes files into `ctx.folder`. @throws {Error} what the record of the step then says; {@link NothingToDo} */
export type RunStep = (ctx: StepContext) => Promise<StepResult>;

export interface StepContext {
  options: DesiltingOptions;
  data: Readonly<Record<string, DataSource | undefined>>;
  /** The files of the batch's rows are of this one. */
  batch: { id: string; source: string };
  /** Rows with a water pixel, in row order. */
  rows: Spool<LocatedRow>;
  /** Where outputs go. Not there any more when the step fails. */
  folder: string;
  /** For files that are of no use after the step. */
  scratch: string;
  /** The task's cache, for what outlives batches. */
  cacheDir: string;
  /** The path of another step's output, one of this step's sources; undefined when that step left none of the name. */
  from(step: StepName, file: string): string | undefined;
  signal: AbortSignal;
  log: TaskLog;
}

export interface StepResult {
  outputs: StepOutput[];
  sections?: ReportSection[];
  /** What a reader of the outputs should know, in full sentences. */
  notes?: string[];
}

/** A file in the step's folder that becomes an artifact of the batch. */
export interface StepOutput {
  name: string;
  kind: 'geojson' | 'raster';
  title: string;
  /** For other steps alone: kept with the step, not among the batch's outputs. */
  internal?: boolean;
}

/** Thrown by a step that has its sources and still nothing to do: it is skipped, with the message as the reason. */
export class NothingToDo extends Error {
  override readonly name = 'NothingToDo';
}

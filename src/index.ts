/** The library: what a project's task and config files, and programs that embed sluice, import. */
export type { BatchRequest, FileRequest } from './batch/request.js';
export { defineConfig } from './config/define.js';
export {
  BackendError,
  FinalError,
  InputError,
  NotFoundError,
  SluiceError,
  UsageError,
} from './core/error.js';
export type { ReportSection } from './core/report-section.js';
export type { LedgerRow, RowResult, RowState } from './core/row.js';
export type { Counts } from './core/tally.js';
export {
  type ArtifactFile,
  type DataSource,
  defineTask,
  type FinishContext,
  type PrepareContext,
  type RunContext,
  type TaskDefinition,
} from './core/task.js';
export { openToolkit, type Toolkit, type ToolkitOptions, type WorkerRequest } from './toolkit.js';

/** From what was typed to rows that can be submitted: the task, its options, the file, its data, checked in that order. */
import { withDataOptions } from '../config/data-options.js';
import { InputError } from '../core/error.js';
import type { SourceInfo } from '../core/row.js';
import type { AnyTask } from '../core/task.js';
import { fieldSpecs } from '../intake/field-spec.js';
import { openSource, type Source } from '../intake/open-source.js';
import { rowSelector } from '../intake/select-rows.js';
import { batchFingerprint, dataIdentity } from './identity.js';
import type { BatchParts } from './parts.js';
import { type BatchRequest, parseOptions, prepareContext } from './request.js';

export interface OpenRequest {
  task: AnyTask;
  options: Record<string, unknown>;
  source: Source;
  prepared: unknown;
  dataIdentity: string;
  fingerprint: string;
  queue: string;
  warnings: string[];
}

/** The caller closes `source`. */
export async function openRequest(parts: BatchParts, request: BatchRequest): Promise<OpenRequest> {
  const task = await parts.registry.get(request.task);
  const options = parseOptions(task, request.options, request.optionsFolder);
  const data = withDataOptions(task, options, parts.data);
  const source = await openSource(request.file, {
    fields: fieldSpecs(task),
    limits: parts.intakeLimits,
    ...(request.sheet === undefined ? {} : { sheet: request.sheet }),
  });
  try {
    // Refused here, before anything is recorded, when it cannot be read.
    rowSelector(request.selection, source.info);
    const warnings = missingColumns(task, source.info);
    const warn = (message: string) => void warnings.push(message);
    const prepared = (await task.prepare?.(prepareContext(parts, task, { options, data, warn }))) ?? null;
    const identity = await dataIdentity(parts.db, task, data);
    const fingerprint = batchFingerprint({
      task,
      options,
      source: source.info,
      selection: request.selection,
      dataIdentity: identity,
    });
    return {
      task,
      options,
      source,
      prepared,
      dataIdentity: identity,
      fingerprint,
      queue: request.queue ?? task.queue ?? 'default',
      warnings,
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Of a feature, which no file has as a column. */
const GEOMETRY = 'geometry';

function missingColumns(task: AnyTask, info: SourceInfo): string[] {
  const found = new Set(info.columns.map(({ field }) => field));
  const missing = fieldSpecs(task).filter(({ name }) => !found.has(name) && name !== GEOMETRY);
  if (
    found.size === 1 &&
    found.has(undefined) &&
    missing.length > 0 &&
    missing.some(({ required }) => required)
  ) {
    throw new InputError(`${info.file} has none of the columns of task ${task.name}`, {
      code: 'SHEET_COLUMN_MISSING',
    });
  }
  return missing.length === 0
    ? []
    : [
        `columns not in ${info.file}, left empty: ${missing.map(({ name, spellings }) => spellings[0] ?? name).join(', ')}`,
      ];
}

/** What makes two batches the same batch, and two rows the same row. */

import { hash } from 'node:crypto';
import { canonicalJson, contentHash } from '../core/content-hash.js';
import type { CheckedRow, SourceInfo } from '../core/row.js';
import type { AnyTask, DataSource } from '../core/task.js';
import type { Database } from '../database/database.js';
import { fileIdentity } from '../ledger/file-identity.js';
import type { RowSelection } from './request.js';

/** Hash of the content and settings of every data file the task reads; a changed raster runs its rows again. */
export async function dataIdentity(
  db: Database,
  task: AnyTask,
  data: Readonly<Record<string, DataSource>>,
): Promise<string> {
  const used = [];
  for (const name of new Set([...(task.data ?? []), ...Object.values(task.dataOptions ?? {})])) {
    const source = data[name];
    if (source === undefined) continue;
    const files = [];
    for (const file of source.files) files.push(await fileIdentity(db, file));
    used.push({ name, settings: source.settings, files });
  }
  return contentHash(used);
}

export function batchFingerprint(batch: {
  task: AnyTask;
  options: Record<string, unknown>;
  source: SourceInfo;
  selection: RowSelection;
  dataIdentity: string;
}): string {
  const { task, source } = batch;
  return contentHash({
    task: task.name,
    version: task.version,
    options: batch.options,
    sha256: source.sha256,
    file: source.file,
    sheet: source.sheet,
    selection: batch.selection,
    data: batch.dataIdentity,
  });
}

/**
 * Gives each row its key: the hash of task, version, options, data and the cleaned row. Of options that name data files the
 * content counts, which is among the data, and not the path; options that only `finish` reads do not count.
 */
export function rowKeys(batch: {
  task: AnyTask;
  options: Record<string, unknown>;
  dataIdentity: string;
}): (row: CheckedRow) => string {
  const { name, version, dataOptions = {}, finishOptions = [] } = batch.task;
  const options = Object.fromEntries(
    Object.entries(batch.options).filter(
      ([option]) => !Object.hasOwn(dataOptions, option) && !finishOptions.includes(option),
    ),
  );
  const shared = canonicalJson([name, version, options, batch.dataIdentity]);
  return (row) => hash('sha256', shared + canonicalJson(row.input ?? { cells: row.cells }));
}

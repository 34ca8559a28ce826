/** The files of a batch for a person: written from the ledger into a folder, and recorded. */
import { basename, dirname, extname, join, resolve } from 'node:path';
import { packageVersions } from '../config/package-version.js';
import { NotFoundError } from '../core/error.js';
import type { RowState } from '../core/row.js';
import {
  forgetArtifacts,
  isOurs,
  listArtifacts,
  listExportedNames,
  listRowArtifacts,
  recordArtifact,
} from '../ledger/artifacts.js';
import type { OutputFile, OutputRequest } from '../output/output-request.js';
import type { Toolkit } from '../toolkit.js';

export interface ExportOptions {
  outDir: string;
  onNote?: ((message: string) => void) | undefined;
}

/** Writes all outputs; what an earlier export wrote there and this one did not is forgotten. */
export async function exportBatch(
  toolkit: Toolkit,
  batchId: string,
  options: ExportOptions,
): Promise<OutputFile[]> {
  const { writeOutputs } = await import('../output/write-outputs.js');
  const { db } = toolkit;
  const request = await outputRequest(toolkit, batchId, options);
  const outputs = await writeOutputs(request);
  for (const output of outputs) {
    const name = basename(output.path);
    await recordArtifact(db, batchId, { ...output, name, title: null, origin: 'export' });
  }
  const written = new Set(outputs.map(({ path }) => path));
  const before = await listArtifacts(db, batchId, 'export');
  const gone = before.filter(({ path }) => dirname(path) === request.outDir && !written.has(path));
  await forgetArtifacts(
    db,
    batchId,
    'export',
    gone.map(({ path }) => path),
  );
  return outputs;
}

/** Rows as CSV, given to `write` part by part. */
export async function exportCsv(
  toolkit: Toolkit,
  batchId: string,
  filter: { states?: RowState[] | undefined },
  write: (part: string) => Promise<void>,
): Promise<void> {
  const { streamCsv } = await import('../output/csv-file.js');
  const request = await outputRequest(toolkit, batchId, { outDir: '.' });
  await streamCsv({ ...request, rows: () => toolkit.rows(batchId, filter) }, write);
}

/** What was exported, as it was when written. */
export async function exportedFiles({ db }: Toolkit, batchId: string): Promise<OutputFile[]> {
  const exported = await listArtifacts(db, batchId, 'export');
  return exported.map(({ kind, path, sha256, bytes }) => ({ kind, path, sha256, bytes }));
}

async function outputRequest(
  toolkit: Toolkit,
  batchId: string,
  { outDir, onNote }: ExportOptions,
): Promise<OutputRequest> {
  const { db, queues, tasks, config } = toolkit;
  const batch = await toolkit.batch(batchId);
  await toolkit.requireRows(batchId);
  const task = await tasks.get(batch.task).catch((error: unknown) => {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  });
  const folder = resolve(outDir);
  const { file } = batch.source;
  return {
    batch: {
      id: batch.id,
      task: { name: batch.task, version: batch.taskVersion, title: task?.title ?? batch.task },
      options: batch.options,
      source: batch.source,
      counts: batch.counts,
      state: batch.state,
      createdAt: batch.createdAt,
      startedAt: batch.startedAt,
      endedAt: batch.endedAt,
      replaces: batch.replaces ?? undefined,
      versions: packageVersions(),
      backends: { database: db.kind, queue: queues.kind },
    },
    resultColumns: task?.results ?? [],
    chart: task?.chart,
    rows: () => toolkit.rows(batchId),
    artifacts: await batchArtifacts(toolkit, batchId),
    outDir: folder,
    earlier: await listExportedNames(db, { task: batch.task, file, folder: join(folder, '/') }),
    stem: basename(file, extname(file)),
    maxStyledBytes: config.output.maxStyledBytes,
    owns: (path, sha256) => isOurs(db, path, sha256),
    onNote,
  };
}

/** Those of its end, then those of its rows, with the row in their name. */
async function batchArtifacts({ db }: Toolkit, batchId: string): Promise<OutputRequest['artifacts']> {
  const ofEnd = await listArtifacts(db, batchId, 'finish');
  const ofRows = await listRowArtifacts(db, batchId);
  return [
    ...ofEnd,
    ...ofRows.map(({ row, ...artifact }) => ({ ...artifact, name: `row-${row}.${artifact.name}` })),
  ].map((artifact) => ({ ...artifact, title: artifact.title ?? undefined }));
}

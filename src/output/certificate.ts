/** The ledger's account of a batch: what came in, what came of it, and the hash of every file that says so. */
import path from 'node:path';
import type { OutputFile, OutputRequest } from './output-request.js';
import type { Sink } from './sink.js';

export async function writeCertificate(sink: Sink, request: OutputRequest, outputs: readonly OutputFile[]) {
  await sink.write(`${JSON.stringify(certificate(request, outputs), null, 2)}\n`);
}

function certificate({ batch }: OutputRequest, outputs: readonly OutputFile[]): Record<string, unknown> {
  const { source } = batch;
  return {
    batch: batch.id,
    task: batch.task.name,
    taskVersion: batch.task.version,
    state: batch.state,
    options: batch.options,
    source: {
      file: source.file,
      sha256: source.sha256,
      bytes: source.bytes,
      ...(source.sheet === undefined ? {} : { sheet: source.sheet }),
      rows: batch.counts.total,
    },
    rowsIn: batch.counts.total,
    counts: batch.counts,
    outputs: outputs.map(({ kind, path: file, sha256, bytes }) => ({
      kind,
      file: path.basename(file),
      sha256,
      bytes,
    })),
    createdAt: batch.createdAt,
    startedAt: batch.startedAt,
    endedAt: batch.endedAt,
    elapsedMs: elapsedMs(batch.startedAt, batch.endedAt),
    versions: batch.versions,
    backends: batch.backends,
    ...(batch.replaces === undefined ? {} : { replaces: batch.replaces }),
  };
}

/** Null while either end is not known. */
export function elapsedMs(startedAt: string | null, endedAt: string | null): number | null {
  return startedAt === null || endedAt === null ? null : Date.parse(endedAt) - Date.parse(startedAt);
}

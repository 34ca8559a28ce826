/** Opens an input file of any known format. What it is, its content says; no format is held in memory whole. */
import type { Readable } from 'node:stream';
import type { FieldSpec } from './field-spec.js';
import { detectFormat } from './file-format.js';
import type { Limits } from './limits.js';
import type { FormatRequest, OpenedFormat, Source } from './source.js';

export type { Limits } from './limits.js';
export type { Source } from './source.js';

import { readInThread, WORTH_A_THREAD_BYTES } from './read-in-thread.js';
import { openSourceFile, type SourceFile } from './source-file.js';

export interface OpenSourceOptions {
  /** What the task reads, from {@link fieldSpecs}. */
  fields: FieldSpec[];
  limits: Limits;
  /** Name of the sheet, for workbooks; default the first visible one with data. Other formats ignore it. */
  sheet?: string | undefined;
  /** What `-` stands for. Default the process's standard input. */
  stdin?: Readable | undefined;
}

/**
 * Opens `path` (`-` is standard input, kept in a private file until closed), finds header and columns, and checks
 * them against the task's fields. `close` it.
 * @throws {InputError} when the file, its header or a limit stands in the way; see each format for the codes
 */
export async function openSource(path: string | '-', options: OpenSourceOptions): Promise<Source> {
  const file = await openSourceFile(path, options.stdin ?? process.stdin);
  try {
    const opened = await openFormat(file, options);
    const { name, bytes, sha256 } = file;
    return {
      info: { file: name, path: file.path, sha256, bytes, ...opened.info },
      rows: opened.rows,
      async close() {
        opened.close();
        await file.remove();
      },
    };
  } catch (error) {
    await file.remove();
    throw error;
  }
}

async function openFormat(file: SourceFile, request: FormatRequest): Promise<OpenedFormat> {
  const format = await detectFormat(file);
  switch (format.kind) {
    case 'xlsx':
      return openWorkbookFile(file, request);
    case 'csv':
      return (await import('./csv-source.js')).openCsv(file, format, request);
    case 'ndjson':
      return (await import('./ndjson-source.js')).openNdjson(file, format, request);
    case 'geojson':
      return (await import('./geojson-source.js')).openGeoJson(file, format, request);
  }
}

async function openWorkbookFile(file: SourceFile, request: FormatRequest): Promise<OpenedFormat> {
  const opened = await (await import('./xlsx-source.js')).openXlsx(file, request);
  if (file.bytes < WORTH_A_THREAD_BYTES) return opened;
  return { ...opened, rows: () => readInThread(file, request) };
}

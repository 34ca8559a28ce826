/** Runs a task in-process, with real files and no engine: prepare, rows one by one, finish. */
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReportSection } from '../../../src/core/report-section.js';
import type { LedgerRow } from '../../../src/core/row.js';
import type { AnyTask, DataSource } from '../../../src/core/task.js';

export type Row = Record<string, unknown>;

export interface TaskRun {
  warnings: string[];
  /** What `artifact` was given so far. */
  artifacts: Map<string, string>;
  run(row: Row): Promise<Row>;
  /** Runs all rows and then finish. */
  finish(rows: readonly Row[]): Promise<{ artifacts: Map<string, string>; sections: ReportSection[] }>;
}

export interface Entry {
  files: string[];
  [setting: string]: unknown;
}

/** Prepares a batch. @throws {InputError} as `prepare` does */
export async function prepareTask(
  task: AnyTask,
  data: Record<string, string | string[] | Entry> = {},
  given: Row = {},
): Promise<TaskRun> {
  const options = task.options === undefined ? {} : task.options.parse(given);
  const warnings: string[] = [];
  const artifacts = new Map<string, string>();
  const sections: ReportSection[] = [];
  const shared = {
    options,
    data: sourcesOf(data),
    log: { info: () => {}, warn: (message: string) => void warnings.push(message) },
    cacheDir: await mkdtemp(join(tmpdir(), 'sluice-cache-')),
    scratch: () => mkdtemp(join(tmpdir(), 'sluice-scratch-')),
    signal: new AbortController().signal,
    progress: async () => {},
    lock: async (_: string, work: () => unknown) => work(),
    artifact: async (file: { name: string; content?: AsyncIterable<string> | string; file?: string }) => {
      artifacts.set(
        file.name,
        file.file === undefined ? await textOf(file.content!) : await readFile(file.file, 'latin1'),
      );
    },
    report: async (section: ReportSection) => void sections.push(section),
  };
  const prepared: unknown = JSON.parse(JSON.stringify((await task.prepare?.(shared as never)) ?? null));
  const run = async (row: Row): Promise<Row> => {
    const input = task.input.parse(row);
    const result = await task.run({ ...shared, prepared, row: { number: 1 } } as never, input as never);
    return JSON.parse(JSON.stringify(result)) as Row;
  };
  return {
    warnings,
    artifacts,
    run,
    finish: async (rows) => {
      const done: LedgerRow[] = [];
      for (const [i, row] of rows.entries()) done.push(ledgerRow(i + 1, row, await run(row)));
      await task.finish?.({ ...shared, prepared } as never, asyncOf(done));
      return { artifacts, sections };
    },
  };
}

/** Properties of the features of a layer. */
export function featuresOf(text: string | undefined): { properties: Row; geometry: unknown }[] {
  return (JSON.parse(text ?? '{"features":[]}') as { features: { properties: Row; geometry: unknown }[] })
    .features;
}

function ledgerRow(number: number, input: Row, result: Row): LedgerRow {
  return {
    number,
    state: 'completed',
    cells: {},
    input,
    result,
    reason: null,
    error: null,
    issues: [],
    attempts: 1,
    startedAt: null,
    endedAt: null,
  };
}

function sourcesOf(data: Record<string, string | string[] | Entry>): Record<string, DataSource> {
  return Object.fromEntries(
    Object.entries(data).map(([name, entry]) => {
      const { files, ...settings } =
        typeof entry === 'string' ? { files: [entry] } : Array.isArray(entry) ? { files: entry } : entry;
      return [name, { name, files, settings, origin: `data.${name} in jobs.config.ts` }];
    }),
  );
}

async function textOf(content: AsyncIterable<string> | string): Promise<string> {
  if (typeof content === 'string') return content;
  let text = '';
  for await (const part of content) text += part;
  return text;
}

async function* asyncOf<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

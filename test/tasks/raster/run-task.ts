/** Runs a task in-process, with real files and no engine. */
import { mkdtempSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReportSection } from '../../../src/core/report-section.js';
import type { LedgerRow, RowResult } from '../../../src/core/row.js';
import type { AnyTask, DataSource } from '../../../src/core/task.js';

export interface TaskRun {
  run(input: Record<string, unknown>, row?: number): Promise<RowResult>;
  finish(rows: Partial<LedgerRow>[]): Promise<ReportSection[]>;
  /** Kept files by name. */
  artifacts: Map<string, string>;
}

/** Checks the options as the engine does, and prepares. @throws what `prepare` throws */
export async function prepareTask(
  task: AnyTask,
  options: Record<string, unknown>,
  data: Record<string, string[]>,
): Promise<TaskRun> {
  const folder = mkdtempSync(join(tmpdir(), 'task-'));
  const artifacts = new Map<string, string>();
  const sources = Object.entries(data).map(([name, files]): [string, DataSource] => [
    name,
    { name, files, settings: {}, origin: `data.${name} in jobs.config.ts` },
  ]);
  const shared = {
    options: task.options!.parse(options),
    data: Object.fromEntries(sources),
    log: { info: () => {}, warn: () => {} },
    cacheDir: folder,
    scratch: async () => folder,
    artifact: async ({ name, file }: { name: string; file: string }) => {
      const kept = join(folder, `kept-${name}`);
      renameSync(file, kept);
      artifacts.set(name, kept);
    },
  };
  const prepared = JSON.parse(JSON.stringify((await task.prepare?.(shared)) ?? null));
  return {
    artifacts,
    run: async (input, row = 1) =>
      (await task.run(
        { ...shared, prepared, row: { number: row }, job: { id: `j${row}` } } as never,
        task.input.parse(input),
      )) as RowResult,
    finish: async (rows) => {
      const sections: ReportSection[] = [];
      const report = async (section: ReportSection) => void sections.push(section);
      const iterate = async function* () {
        yield* rows as LedgerRow[];
      };
      await task.finish?.({ ...shared, prepared, report } as never, iterate());
      return sections;
    },
  };
}

export async function failureOf(run: Promise<unknown>): Promise<unknown> {
  return run.then(
    () => {
      throw new Error('expected a failure');
    },
    (error: unknown) => error,
  );
}

/** Runs the finish of a desilting batch in-process, with real files: what it leaves, says and reports. */
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReportSection } from '../../../../src/core/report-section.js';
import type { LedgerRow } from '../../../../src/core/row.js';
import type { ArtifactFile, DataSource, FinishContext, RunContext } from '../../../../src/core/task.js';
import desilting from '../../../../src/tasks/water/desilting.js';
import type { DesiltingOptions } from '../../../../src/tasks/water/desilting-options.js';
import type { DesiltingResult } from '../../../../src/tasks/water/locate-water.js';
import type { StepRecord } from '../../../../src/tasks/water/pipeline/step-record.js';
import type { PreparedDesilting } from '../../../../src/tasks/water/prepared.js';
import { ledgerRow } from '../desilting-run.js';

export interface Finished {
  /** Folder of the artifacts. */
  folder: string;
  steps: StepRecord[];
  sections: ReportSection[];
  warnings: string[];
  /** What finish threw. */
  error: Error | null;
  /** SHA-256 by name, `desilting-steps.json` left out. */
  hashes: Record<string, string>;
  features(name: string): Promise<Feature[]>;
}

export interface Feature {
  properties: Record<string, unknown>;
  geometry: { type: string; coordinates: unknown };
}

export interface Batch {
  finish(rows: LedgerRow[], signal?: AbortSignal): Promise<Finished>;
  /** The ledger rows of points, run as a worker does. */
  rowsOf(points: { lon: number; lat: number; name?: string }[]): Promise<LedgerRow[]>;
}

/** `work` holds caches and artifacts. @throws {InputError} as `prepare` does */
export async function pipelineBatch(
  work: string,
  data: Readonly<Record<string, string | string[]>>,
  given: Record<string, unknown> = {},
  settings: Readonly<Record<string, Record<string, unknown>>> = {},
): Promise<Batch> {
  const options = desilting.options!.parse(given);
  const sources = Object.fromEntries(
    Object.entries(data).map(([name, files]): [string, DataSource] => [
      name,
      {
        name,
        files: [files].flat(),
        settings: settings[name] ?? {},
        origin: `data.${name} in jobs.config.ts`,
      },
    ]),
  );
  const warnings: string[] = [];
  const log = { info: () => {}, warn: (message: string) => void warnings.push(message) };
  const cacheDir = join(work, 'cache');
  await mkdir(cacheDir, { recursive: true });
  const shared = { options, data: sources, log, cacheDir };
  const prepared = (await desilting.prepare!(shared)) as PreparedDesilting;
  return {
    rowsOf: async (points) => {
      const rows: LedgerRow[] = [];
      for (const [i, { lon, lat, name }] of points.entries()) {
        const input = { latitude: lat, longitude: lon, waterbody_name: name ?? null, Village: ' ' };
        const ctx = { ...shared, prepared, row: { number: i + 2 } };
        const result = (await desilting.run(
          ctx as unknown as RunContext<DesiltingOptions, PreparedDesilting>,
          input as never,
        )) as DesiltingResult;
        rows.push(ledgerRow(i + 2, { input, result }));
      }
      return rows;
    },
    finish: async (rows, signal = new AbortController().signal) => {
      const folder = await mkdtemp(join(work, 'artifacts-'));
      const scratch = await mkdtemp(join(work, 'scratch-'));
      const sections: ReportSection[] = [];
      const hashes: Record<string, string> = {};
      let error: Error | null = null;
      await desilting.finish!(
        {
          ...shared,
          prepared: JSON.parse(JSON.stringify(prepared)) as PreparedDesilting,
          batch: { id: 'b_1', source: 'points.csv' },
          signal,
          progress: async () => {},
          scratch: async () => scratch,
          report: async (section: ReportSection) => void sections.push(section),
          artifact: async (file: ArtifactFile) => {
            const path = join(folder, file.name);
            if ('file' in file) await rename(file.file, path).catch(() => cp(file.file as string, path));
            else await writeContent(path, file.content);
            if (file.kind === 'steps') return;
            hashes[file.name] = createHash('sha256')
              .update(await readFile(path))
              .digest('hex');
          },
        } as unknown as FinishContext<DesiltingOptions, PreparedDesilting>,
        (async function* () {
          yield* rows;
        })(),
      ).catch((thrown: Error) => {
        error = thrown;
      });
      await rm(scratch, { recursive: true, force: true });
      const steps = await readFile(join(folder, 'desilting-steps.json'), 'utf8').catch(() => '{"steps":[]}');
      return {
        folder,
        steps: (JSON.parse(steps) as { steps: StepRecord[] }).steps,
        sections,
        warnings,
        error,
        hashes,
        features: async (name) =>
          (JSON.parse(await readFile(join(folder, name), 'utf8')) as { features: Feature[] }).features,
      };
    },
  };
}

/** `mws done, lulc skipped: …`: the states of all steps, for one look. */
export function statesOf({ steps }: Pick<Finished, 'steps'>): Record<string, string> {
  return Object.fromEntries(steps.map(({ name, state }) => [name, state]));
}

async function writeContent(
  path: string,
  content: string | Uint8Array | AsyncIterable<string>,
): Promise<void> {
  const { writeFile } = await import('node:fs/promises');
  if (typeof content === 'string' || content instanceof Uint8Array) return writeFile(path, content);
  let text = '';
  for await (const part of content) text += part;
  await writeFile(path, text);
}

/** Runs the desilting task in-process, with real files and no engine. */
import { FinalError, type InputError } from '../../../src/core/error.js';
import type { LedgerRow } from '../../../src/core/row.js';
import type { DataSource, FinishContext, RunContext } from '../../../src/core/task.js';
import desilting from '../../../src/tasks/water/desilting.js';
import type { DesiltingOptions } from '../../../src/tasks/water/desilting-options.js';
import type { DesiltingResult } from '../../../src/tasks/water/locate-water.js';
import type { PreparedDesilting } from '../../../src/tasks/water/prepared.js';

export interface Data {
  lulc?: string[];
  water?: number[];
  /** Setting of data.lulc. */
  resample?: string;
  mws?: string;
  waterbodies?: string;
}

export interface Desilting {
  options: DesiltingOptions;
  prepared: PreparedDesilting;
  warnings: string[];
  run(latitude: number | null, longitude: number | null): Promise<DesiltingResult>;
  finish(rows: LedgerRow[]): Promise<Map<string, string>>;
}

/** Prepares a batch. @throws {InputError} as `prepare` does */
export async function prepareBatch(data: Data, given: Record<string, unknown> = {}): Promise<Desilting> {
  const options = desilting.options!.parse(given);
  const sources = sourcesOf(data);
  const warnings: string[] = [];
  const log = { info: () => {}, warn: (message: string) => void warnings.push(message) };
  const cacheDir = '/dev/null/no-cache';
  const prepared = (await desilting.prepare!({ options, data: sources, log, cacheDir })) as PreparedDesilting;
  const shared = {
    options,
    data: sources,
    log,
    cacheDir,
    prepared: JSON.parse(JSON.stringify(prepared)) as PreparedDesilting,
  };
  return {
    options,
    prepared,
    warnings,
    run: async (latitude, longitude) =>
      (await desilting.run(
        { ...shared, row: { number: 7 } } as unknown as RunContext<DesiltingOptions, PreparedDesilting>,
        {
          latitude,
          longitude,
        },
      )) as DesiltingResult,
    finish: async (rows) => {
      const artifacts = new Map<string, string>();
      await desilting.finish!(
        {
          ...shared,
          artifact: async ({ name, content }: { name: string; content: AsyncIterable<string> }) => {
            let text = '';
            for await (const part of content) text += part;
            artifacts.set(name, text);
          },
        } as unknown as FinishContext<DesiltingOptions, PreparedDesilting>,
        (async function* () {
          yield* rows;
        })(),
      );
      return artifacts;
    },
  };
}

/** What a row was refused with. */
export async function failureOf(run: Promise<unknown>): Promise<FinalError> {
  const thrown = await run.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof FinalError) return thrown;
  throw thrown ?? new Error('expected a FinalError, the row completed');
}

export async function refusalOf(data: Data, given: Record<string, unknown> = {}): Promise<InputError> {
  return prepareBatch(data, given).then(
    () => {
      throw new Error('expected an InputError, the batch was prepared');
    },
    (error: InputError) => error,
  );
}

export function ledgerRow(number: number, part: Partial<LedgerRow>): LedgerRow {
  return {
    number,
    state: 'completed',
    cells: {},
    input: null,
    result: null,
    reason: null,
    error: null,
    issues: [],
    attempts: 1,
    startedAt: null,
    endedAt: null,
    ...part,
  };
}

function sourcesOf(data: Data): Record<string, DataSource> {
  const source = (name: string, files: string[], settings: Record<string, unknown> = {}): DataSource => ({
    name,
    files,
    settings,
    origin: `data.${name} in jobs.config.ts`,
  });
  return {
    ...(data.lulc === undefined
      ? {}
      : {
          lulc: source('lulc', data.lulc, {
            ...(data.water === undefined ? {} : { classes: { water: data.water } }),
            ...(data.resample === undefined ? {} : { resample: data.resample }),
          }),
        }),
    ...(data.mws === undefined ? {} : { mws: source('mws', [data.mws]) }),
    ...(data.waterbodies === undefined ? {} : { waterbodies: source('waterbodies', [data.waterbodies]) }),
  };
}

/**
 * Opens PGlite with less waiting than `PGlite.create`, for commands that ask one question and end: `jobs batch list` took
 * 0.68 s on two cores and takes 0.50 s with this.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { PGlite, PGliteOptions, protocol } from '@electric-sql/pglite';
import { SERVER_SETTINGS } from './server-settings.js';

/** The last argument wins over PGlite's own `search_path=public`. */
const SEARCH_PATH = ['-c', 'search_path=bullmq, public'];

/**
 * V8 compiles a WebAssembly function again, optimized, once it has executed this many bytes of code (in Node 20: 1.8
 * million). That would be 50 functions during PostgreSQL's start, some for 60 ms each, and the process cannot end before
 * they are done. Functions that a worker needs all the time still get there; a batch takes no longer.
 */
const TIERING_BUDGET = '--wasm-tiering-budget=500000000';
/** Functions are compiled when they are first called; V8 would read all of them before that, for 45 ms. */
const LAZY_VALIDATION = '--wasm-lazy-validation';
/** Majors of Node whose V8 knows these flags: about an unknown one it complains on stderr. */
const MAJORS_WITH_FLAGS: readonly string[] = ['20', '22', '24'];

/** As much as is used here; its types come with the browser's, which are not loaded. */
declare const WebAssembly: { compile(bytes: Uint8Array): Promise<object> };

export interface OpenPglite {
  database: PGlite;
  serialize: (typeof protocol)['serialize'];
}

/** The database in `dataFolder`, ready. Leaves `process.exitCode` as it was. */
export async function openPglite(dataFolder: string): Promise<OpenPglite> {
  if (MAJORS_WITH_FLAGS.includes(process.versions.node.split('.')[0]!)) {
    for (const flag of [TIERING_BUDGET, LAZY_VALIDATION]) setFlagsFromString(flag);
  }
  const [pgliteWasmModule, { PGlite, protocol }] = await Promise.all([
    compilePglite(),
    import('@electric-sql/pglite'),
  ]);
  /** PGlite asks the catalog for array types, for the parsers of a query function that is not used here: 70 ms. */
  class WithoutParsers extends PGlite {
    override async _initArrayTypes(): Promise<void> {}
  }
  const options: PGliteOptions = {
    dataDir: dataFolder,
    pgliteWasmModule,
    postgresqlconf: [...SERVER_SETTINGS],
    startParams: [...PGlite.defaultStartParams, ...SEARCH_PATH],
  };
  const exitCode = process.exitCode;
  const database = new WithoutParsers(options);
  await database.waitReady;
  process.exitCode = exitCode;
  return { database, serialize: protocol.serialize };
}

/** In V8's own threads, while the scripts of PGlite and of whoever opens it are loaded here. */
async function compilePglite(): Promise<object> {
  const script = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  return WebAssembly.compile(await readFile(join(dirname(script), 'pglite.wasm')));
}

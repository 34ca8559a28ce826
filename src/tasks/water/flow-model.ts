/**
 * The flow model of a DEM: directions, accumulation, stream order and stream lines, computed once per file and choice
 * of options, and kept as files in a cache folder that all threads and processes read by tiles.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { contentHash } from '../../core/content-hash.js';
import { FLOW_MODEL_FILES as FILES, type FlowModelFacts, isThere } from './flow-model-facts.js';
import { readStreams, type StreamLine } from './flow-model-streams.js';
import { identityOf } from './prepared.js';

export interface FlowModelChoice {
  /** `fill` raises depressions to their outlets; `breach` first cuts through what is in the way, within limits. */
  method: 'fill' | 'breach';
  /** Cells that collect water from at least so many, themselves included, are streams. */
  thresholdCells: number;
  /** Of `breach`: longest channel, in cells. Default 100. */
  breachCells?: number;
  /** Of `breach`: deepest cut, in the unit of the elevations. Default 20. */
  breachDepth?: number;
}

export interface FlowModelRequest extends FlowModelChoice {
  /** `ctx.cacheDir`: models are kept there, the most recently used ones only. */
  cacheDir: string;
  /** Runs the work while nobody else does the same: `ctx.lock` in a row. Default: one at a time in this thread. */
  exclusively?<T>(key: string, work: () => Promise<T>): Promise<T>;
}

/** Files of a finished model. GeoTIFFs on the DEM's grid; do not move or change them. */
export interface FlowModel extends FlowModelFacts {
  folder: string;
  /** uint8: 1, 2, 4 … 128 clockwise from east (ESRI's codes), 0 where water leaves the map, 255 nodata. */
  directions: string;
  /** uint32: cells that drain through each cell, itself included; 0 nodata. */
  accumulation: string;
  /** uint8: Strahler order of stream cells, 0 elsewhere, 255 nodata. */
  streamOrder: string;
  /** Stream links, upstream ones first; read anew at each call. */
  streams(): AsyncIterable<StreamLine>;
  /**
   * Writes float32 hectares that drain through each cell (NaN nodata) once, and gives the file: along the model's
   * directions (`d8`), or split over two of them (`dinf`, Tarboton 1997).
   */
  catchmentAreaHa(flow?: 'd8' | 'dinf'): Promise<string>;
}

/** Raised whenever the same DEM would give another model. */
const VERSION = 1;
/** Models kept in a cache folder; the least recently used are removed. */
const KEPT_MODELS = 4;
const PREFIX = 'flow-';
const KEY_LENGTH = 16;
/** What a crashed process left behind. */
const ABANDONED_MS = 86_400_000;
const BREACH_CELLS = 100;
const BREACH_DEPTH = 20;

/** What this thread computes now, by folder. */
const underWay = new Map<string, Promise<FlowModel>>();

/**
 * The model of a DEM file, computed if it is not there yet. Of a DEM of 25 million float32 cells that takes about 400 MB.
 * @throws {InputError} DEM_EMPTY when no cell has a value, or what openRaster and createGeoTiff throw
 */
export async function flowModelOf(dem: string, request: FlowModelRequest): Promise<FlowModel> {
  const { breachCells = BREACH_CELLS, breachDepth = BREACH_DEPTH } = request;
  const { cacheDir, method, thresholdCells, exclusively = (_key, work) => work() } = request;
  const choice = { method, thresholdCells, ...(method === 'breach' ? { breachCells, breachDepth } : {}) };
  const key = contentHash([VERSION, await identityOf([dem]), choice]).slice(0, KEY_LENGTH);
  const folder = join(cacheDir, PREFIX + key);
  const known = (await openModel(dem, folder)) ?? underWay.get(folder);
  if (known !== undefined) return known;
  const making = exclusively(`flow-model ${hostname()} ${folder}`, async () => {
    return (await openModel(dem, folder)) ?? (await makeModel(dem, folder, choice));
  }).finally(() => underWay.delete(folder));
  underWay.set(folder, making);
  const model = await making;
  await removeOldModels(cacheDir);
  return model;
}

/** Undefined while it is not whole. Opening it counts as use. */
async function openModel(dem: string, folder: string): Promise<FlowModel | undefined> {
  const facts = join(folder, FILES.facts);
  try {
    const found = JSON.parse(await readFile(facts, 'utf8')) as FlowModelFacts;
    const now = new Date();
    await utimes(facts, now, now);
    return {
      ...found,
      folder,
      directions: join(folder, FILES.directions),
      accumulation: join(folder, FILES.accumulation),
      streamOrder: join(folder, FILES.streamOrder),
      streams: () => readStreams(join(folder, FILES.streams)),
      catchmentAreaHa: async (flow = 'd8') => {
        const { catchmentAreaFile } = await import('./flow-model-area.js');
        return catchmentAreaFile(dem, folder, found, flow);
      },
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Made beside, then renamed; when somebody else was first, theirs is taken. */
async function makeModel(dem: string, folder: string, choice: FlowModelChoice): Promise<FlowModel> {
  const { buildFlowModel } = await import('./flow-model-build.js');
  const draft = `${folder}.${randomBytes(4).toString('hex')}.part`;
  await mkdir(draft, { recursive: true });
  try {
    const facts = await buildFlowModel(dem, draft, choice);
    await writeFile(join(draft, FILES.facts), JSON.stringify(facts));
    await putInPlace(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return (await openModel(dem, folder))!;
}

async function putInPlace(draft: string, folder: string): Promise<void> {
  try {
    await rename(draft, folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    if (await isThere(join(folder, FILES.facts))) return;
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  }
}

async function removeOldModels(cacheDir: string): Promise<void> {
  const models: { path: string; usedMs: number; isDraft: boolean }[] = [];
  for (const name of await readdir(cacheDir)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(cacheDir, name);
    const isDraft = name.endsWith('.part');
    const used = await stat(isDraft ? path : join(path, FILES.facts)).catch(() => undefined);
    if (used !== undefined) models.push({ path, usedMs: used.mtimeMs, isDraft });
  }
  const whole = models.filter(({ isDraft }) => !isDraft).sort((a, b) => b.usedMs - a.usedMs);
  const drafts = models.filter(({ isDraft, usedMs }) => isDraft && Date.now() - usedMs > ABANDONED_MS);
  for (const { path } of [...whole.slice(KEPT_MODELS), ...drafts]) {
    await rm(path, { recursive: true, force: true });
  }
}

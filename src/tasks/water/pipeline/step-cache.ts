/**
 * What finished steps left, in the task's cache: a folder for each step and key, complete or not there. A key is the
 * hash of all that the step reads, so what is found is what would be made.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ReportSection } from '../../../core/report-section.js';
import type { StepName, StepOutput, StepResult } from './step.js';

export interface KeptStep {
  folder: string;
  outputs: KeptOutput[];
  sections: ReportSection[];
  notes: string[];
}

export interface KeptOutput extends StepOutput {
  sha256: string;
  bytes: number;
}

const RECORD = 'step.json';
/** Of one step: other batches of the same project, and the last few versions of its data. */
const KEPT_KEYS = 4;

/** Null when nothing is kept under the key, or not as it was made. */
export async function findKept(cacheDir: string, name: StepName, key: string): Promise<KeptStep | null> {
  const folder = placeOf(cacheDir, name, key);
  try {
    const record = JSON.parse(await readFile(join(folder, RECORD), 'utf8')) as Omit<KeptStep, 'folder'>;
    for (const { name: file, sha256 } of record.outputs)
      if ((await identify(join(folder, file))).sha256 !== sha256) return null;
    const now = new Date();
    await utimes(folder, now, now);
    return { folder, ...record };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Moves what a step made in `made` to its place, in one move; what was there is replaced. Older keys are let go. */
export async function keepStep(
  cacheDir: string,
  name: StepName,
  { key, made, result }: { key: string; made: string; result: StepResult },
): Promise<KeptStep> {
  const outputs: KeptOutput[] = [];
  for (const output of result.outputs)
    outputs.push({ ...output, ...(await identify(join(made, output.name))) });
  const record = { outputs, sections: result.sections ?? [], notes: result.notes ?? [] };
  await writeFile(join(made, RECORD), JSON.stringify(record));
  const folder = placeOf(cacheDir, name, key);
  await mkdir(dirname(folder), { recursive: true });
  await rm(folder, { recursive: true, force: true });
  await moveFolder(made, folder);
  await letOldKeysGo(dirname(folder));
  return { folder, ...record };
}

function placeOf(cacheDir: string, name: StepName, key: string): string {
  return join(cacheDir, 'steps', name, key);
}

async function identify(path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    bytes += chunk.byteLength;
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** Another process may have put the same there meanwhile: theirs stays. */
async function moveFolder(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return;
    if (code !== 'EXDEV') throw error;
    const beside = `${to}.part`;
    await rm(beside, { recursive: true, force: true });
    await cp(from, beside, { recursive: true });
    await rename(beside, to);
  }
}

async function letOldKeysGo(folder: string): Promise<void> {
  const keys = await Promise.all(
    (await readdir(folder)).map(async (key) => {
      const path = join(folder, key);
      return { path, at: (await stat(path)).mtimeMs };
    }),
  );
  const old = keys.sort((a, b) => b.at - a.at).slice(KEPT_KEYS);
  for (const { path } of old) await rm(path, { recursive: true, force: true });
}

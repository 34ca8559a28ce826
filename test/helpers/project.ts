/** A project in a temporary folder: task files, sheets, and a toolkit opened on a backend. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BatchRequest } from '../../src/batch/request.js';
import { loadConfig } from '../../src/config/load.js';
import type { Letter } from '../../src/ledger/dead-letters.js';
import { openToolkit, type Toolkit } from '../../src/toolkit.js';
import type { TestBackend } from './backends.js';

export interface TestProject {
  folder: string;
  /** Writes a file below the folder and returns its path. */
  write(name: string, content: string): string;
  open(): Promise<Toolkit>;
}

/** `tasks` are the sources of task files by name. */
export function newProject(backend: TestBackend, tasks: Record<string, string>): TestProject {
  const write = (name: string, content: string): string => {
    const file = path.join(backend.folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  };
  write('jobs.config.json', '{}');
  for (const [name, source] of Object.entries(tasks)) write(`tasks/${name}.ts`, source);
  return {
    folder: backend.folder,
    write,
    async open() {
      const { config } = await loadConfig({ cwd: backend.folder, env: backend.env });
      return openToolkit({ config });
    },
  };
}

export function request(task: string, file: string, more: Partial<BatchRequest> = {}): BatchRequest {
  return { task, file, options: {}, selection: {}, force: false, mustResume: false, ...more };
}

/** Submits, works the batch here, waits for its end (at most `deadlineMs`). Returns the batch's id. */
export async function runToEnd(
  toolkit: Toolkit,
  what: BatchRequest,
  { deadlineMs = 60_000, concurrency = 8 }: { deadlineMs?: number; concurrency?: number } = {},
): Promise<string> {
  const worker = await toolkit.startWorker({ concurrency });
  try {
    const { batchId } = await toolkit.submit(what);
    const end = await toolkit.watch(batchId, { deadlineMs: Date.now() + deadlineMs });
    if (end !== 'ended') throw new Error(`batch ${batchId} did not end within ${deadlineMs} ms`);
    return batchId;
  } finally {
    await worker.stop(5_000);
  }
}

/** Open dead letters, newest first. */
export async function newestLetters(toolkit: Toolkit): Promise<Letter[]> {
  return (await collect(toolkit.deadLetters.select({}))).flat();
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

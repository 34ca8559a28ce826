/**
 * The libraries of the queue, loaded when they are asked for. Both are CommonJS: `import()` would read every file of theirs
 * a first time only to find the names of their exports, which doubles what loading takes (bullmq 0.28 s of processor time,
 * so 0.13 s).
 */
import { createRequire } from 'node:module';

export type BullMq = typeof import('bullmq');
type Ioredis = typeof import('ioredis');

const load = createRequire(import.meta.url);

export function loadBullMq(): BullMq {
  return load('bullmq') as BullMq;
}

export function loadIoredis(): Ioredis {
  return load('ioredis') as Ioredis;
}

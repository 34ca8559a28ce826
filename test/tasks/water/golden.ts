/** The attributes of 58 real watersheds as they were published; empty, with a word about it, where they are not at hand. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Row } from './in-process.js';

const folder = resolve(import.meta.dirname, '../../../../shared/data/golden');

export function goldenRows(name: 'cropping' | 'drought' | 'hydrology' | 'terrain'): Row[] {
  const file = resolve(folder, `${name}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Row[];
  console.warn(
    `golden.ts: ${name}.json of ../shared/data/golden is absent, its attributes were not compared`,
  );
  return [];
}

/** Largest difference relative to the larger of 1 and the value; text must be equal. */
export function difference(found: unknown, expected: unknown): number {
  if (typeof expected !== 'number') return found === expected ? 0 : Number.POSITIVE_INFINITY;
  if (typeof found !== 'number') return Number.POSITIVE_INFINITY;
  return Math.abs(found - expected) / Math.max(1, Math.abs(expected));
}

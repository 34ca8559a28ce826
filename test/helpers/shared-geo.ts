/** The real rasters and reference tables beside the checkout, when they are there. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const SHARED = resolve(import.meta.dirname, '../../../shared/data/geo');

/** Null, said aloud, where the files are absent. */
export function sharedGeo(who: string): ((file: string) => string) | null {
  if (existsSync(resolve(SHARED, 'README.md'))) return (file) => resolve(SHARED, file);
  console.warn(`${who}: ../shared/data/geo is absent; its reference tables were not compared`);
  return null;
}

/** The rows of a CSV file without quotes, by column. */
export function readTable(path: string): Record<string, string>[] {
  const [head, ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/);
  const columns = head!.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? '']));
  });
}

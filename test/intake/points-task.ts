import { z } from 'zod';
import type { SourceInfo, SourceRow } from '../../src/core/row.js';
import type { AnyTask } from '../../src/core/task.js';
import { fieldSpecs } from '../../src/intake/field-spec.js';
import type { Limits } from '../../src/intake/limits.js';
import { type OpenSourceOptions, openSource } from '../../src/intake/open-source.js';

export const limits: Limits = {
  maxUncompressedBytes: 4_000_000_000,
  maxEntries: 10_000,
  maxRatio: 200,
  maxCellLength: 32_767,
  maxRows: 2_000_000,
  maxColumns: 1000,
};

/** Reads points; `name` is optional. */
export const pointsTask: AnyTask = {
  name: 'points',
  version: 1,
  title: 'Points for tests',
  input: z.object({
    name: z.string().nullish(),
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
  }),
  columns: { name: ['Name of the waterbody'], latitude: ['Lat'], longitude: ['Lon', 'Lng'] },
  run: () => {},
};

export interface ReadFile {
  info: SourceInfo;
  rows: SourceRow[];
}

/** Opens, reads and closes `path`. */
export async function readFile(
  path: string,
  options: Partial<OpenSourceOptions> = {},
  task = pointsTask,
): Promise<ReadFile> {
  const source = await openSource(path, { fields: fieldSpecs(task), limits, ...options });
  try {
    const rows: SourceRow[] = [];
    for await (const chunk of source.rows()) rows.push(...chunk);
    return { info: source.info, rows };
  } finally {
    await source.close();
  }
}

/** The hydrological years of a batch: those of its land-use rasters, else the original's. */
import { basename } from 'node:path';
import type { DataSource } from '../../../core/task.js';
import { yearOfFile } from '../year-of-file.js';

export interface StepYears {
  /** First calendar years of the first and the last hydrological year. */
  first: number;
  last: number;
}

const ORIGINAL: StepYears = { first: 2017, last: 2024 };

export function stepYears(lulc: DataSource | undefined): StepYears {
  const starts = (lulc?.files ?? []).flatMap((file) => yearOfFile(basename(file)).start ?? []);
  return starts.length === 0 ? ORIGINAL : { first: Math.min(...starts), last: Math.max(...starts) };
}

/** An input file opened for reading. */
import type { SourceInfo, SourceRow } from '../core/row.js';
import type { FieldSpec } from './field-spec.js';
import type { Limits } from './limits.js';

export interface Source {
  info: SourceInfo;
  /** Data rows in the file's order, in chunks of at most 1,000. Each call reads the file from its beginning. */
  rows(): AsyncIterable<SourceRow[]>;
  /** Closes the file and removes what was written to temporary folders. */
  close(): Promise<void>;
}

/** What a format's reader gives; the file's name, size and hash are added by {@link openSource}. */
export interface OpenedFormat {
  info: Pick<SourceInfo, 'format' | 'columns' | 'sheet' | 'headerRow' | 'replaces'>;
  rows(): AsyncIterable<SourceRow[]>;
  close(): void;
}

export interface FormatRequest {
  fields: readonly FieldSpec[];
  limits: Limits;
  sheet?: string | undefined;
}

/** What every task with a watershed a row checks once, before any row is submitted. */
import { InputError } from '../../../core/error.js';
import type { DataSource } from '../../../core/task.js';
import { readPolygonLayer } from '../polygon-layer.js';
import { identityOf } from '../prepared.js';

/** Plain JSON; every row is given it. */
export interface PreparedData {
  /** Changes when a file does; a thread that has something open under another identity opens it anew. */
  identity: string;
}

type Sources = Readonly<Record<string, DataSource | undefined>>;

/**
 * Looks at the entries that a task reads: an entry that names no file is refused, one that is not there is not.
 * @throws {InputError} DATA_MISSING, or what reading data.mws throws
 */
export async function prepareData(data: Sources, names: readonly string[]): Promise<PreparedData> {
  const sources = names.flatMap((name) => data[name] ?? []);
  for (const source of sources) if (source.files.length === 0) throw matchesNothing(source);
  if (names.includes('mws') && data.mws !== undefined) await readPolygonLayer(data.mws.files);
  return { identity: await identityOf(sources.flatMap(({ files }) => files)) };
}

function matchesNothing({ name, origin }: DataSource): InputError {
  return new InputError(`${origin} matches no file`, {
    code: 'DATA_MISSING',
    hint: `correct data.${name}, or leave it out: what needs it is then skipped`,
    details: { data: name },
  });
}

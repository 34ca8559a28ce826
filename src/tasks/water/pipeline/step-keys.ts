/** A step's key: the hash of everything that its outputs follow from. */
import { packageVersion } from '../../../config/package-version.js';
import { contentHash } from '../../../core/content-hash.js';
import { InputError } from '../../../core/error.js';
import type { DataSource } from '../../../core/task.js';
import { identityOf } from '../prepared.js';
import { type LocatedRow, watershedsOf } from './located-rows.js';
import { nameIn, sourcesOf, stepIn } from './plan-steps.js';
import type { Step, StepContext, StepName } from './step.js';

/** Hashes of what steps read of the rows. */
export interface RowDigests {
  watersheds: string;
  points: string;
  count: number;
}

/** Passes rows on, in order, and counts what is in them. */
export function digestRows(): {
  pass(rows: AsyncIterable<LocatedRow>): AsyncGenerator<LocatedRow>;
  digests(): RowDigests;
} {
  const uids = new Set<string>();
  let points = '';
  let count = 0;
  return {
    async *pass(rows) {
      for await (const row of rows) {
        for (const uid of watershedsOf(row)) uids.add(uid);
        points = contentHash([points, row]);
        count++;
        yield row;
      }
    },
    digests: () => ({ watersheds: contentHash([...uids].sort()), points, count }),
  };
}

/**
 * `keys` are those of the steps that have left something. A step that failed counts as one that is not there, so that
 * what was made without it is made again once it is.
 * @throws {InputError} DATA_MISSING when a file cannot be read
 */
export async function stepKey(
  step: Step,
  ctx: Pick<StepContext, 'data' | 'options' | 'batch'>,
  { digests, keys }: { digests: RowDigests; keys: ReadonlyMap<StepName, string> },
): Promise<string> {
  const sources: Record<string, unknown> = {};
  for (const source of sourcesOf(step, ctx.data)) {
    sources[source] = source.startsWith('data.')
      ? await dataIdentity(ctx.data[nameIn(source)] as DataSource)
      : (keys.get(stepIn(source)) ?? null);
  }
  return contentHash({
    step: step.name,
    code: [step.version, packageVersion()],
    sources,
    options: Object.fromEntries((step.options ?? []).map((name) => [name, ctx.options[name]])),
    rows: step.reads === undefined ? null : digests[step.reads],
    project: step.namesProject === true ? ctx.batch.source : null,
  }).slice(0, 32);
}

async function dataIdentity({ files, settings, origin, name }: DataSource): Promise<unknown> {
  try {
    return [await identityOf(files), settings];
  } catch (cause) {
    const { code, path } = cause as NodeJS.ErrnoException;
    throw new InputError(`${path} (${origin}) cannot be read (${code}); expected a file`, {
      code: 'DATA_MISSING',
      hint: `check the path of data.${name} in the config; paths there are relative to the config file`,
      details: { data: name, path },
      cause,
    });
  }
}

/** The first replays of a group: what becomes of them says whether the rest is worth trying. */

import { pause } from '../core/deadline.js';
import type { Letter } from '../ledger/dead-letters.js';
import { readTrial, type TrialEnd } from '../ledger/replays.js';
import { workersServing } from '../ledger/serving.js';
import type { BatchParts } from './parts.js';

/** So many equal failures in a row stop a group's replay. */
export const TRIAL_SIZE = 5;

const TRIAL_MS = 60_000;
const POLL_MS = 250;

export interface TrialOptions {
  queue?: string | undefined;
  trialMs?: number | undefined;
  signal?: AbortSignal | undefined;
  onNote?: ((message: string) => void) | undefined;
}

type Tried = Pick<Letter, 'id' | 'kind' | 'queue' | 'fingerprint'>;

/**
 * `same-error` when each of them has failed with the fingerprint it had; `go-on` as soon as one has not, and, after a
 * note, when no worker runs them or their end does not come within `trialMs`.
 */
export async function awaitTrial(
  parts: BatchParts,
  tried: readonly Tried[],
  options: TrialOptions,
): Promise<'same-error' | 'go-on'> {
  const deadlineMs = Date.now() + (options.trialMs ?? TRIAL_MS);
  for (;;) {
    const ends = await endsOf(parts, tried);
    if (ends.includes('other')) return 'go-on';
    if (ends.every((end) => end === 'same-error')) return 'same-error';
    const idle = await unserved(parts, tried, options);
    if (idle !== undefined) {
      options.onNote?.(
        `no worker serves queue ${idle}: whether the first ${tried.length} fail again is not known, and the rest is queued all the same`,
      );
      return 'go-on';
    }
    if (Date.now() >= deadlineMs || options.signal?.aborted === true) {
      options.onNote?.(`the first ${tried.length} have not all ended yet; the rest is queued all the same`);
      return 'go-on';
    }
    await pause(POLL_MS, { signal: options.signal, deadlineMs });
  }
}

async function endsOf(parts: BatchParts, tried: readonly Tried[]): Promise<(TrialEnd | 'same-error')[]> {
  const found = await readTrial(
    parts.db,
    tried.map(({ id }) => id),
  );
  return Promise.all(
    tried.map(async ({ id, kind, fingerprint }) => {
      const letter = found.get(id);
      if (letter === undefined) return 'other';
      if (letter.end === 'failed') return letter.fingerprint === fingerprint ? 'same-error' : 'other';
      if (kind === 'row' || letter.end !== 'open') return letter.end;
      const job = await parts.queues.find(letter.queue, id);
      return job === undefined || job.state === 'completed' ? 'other' : 'open';
    }),
  );
}

async function unserved(
  parts: BatchParts,
  tried: readonly Tried[],
  { queue }: TrialOptions,
): Promise<string | undefined> {
  for (const name of new Set(tried.map((one) => queue ?? one.queue))) {
    if ((await workersServing(parts.db, name)).length === 0) return name;
  }
  return undefined;
}

/** The log of a job as it grows. */
import { pause, type WaitOptions } from '../core/deadline.js';
import { type LogLine, readJobLog } from '../ledger/job-log.js';
import { patiently } from '../ledger/patience.js';
import { findJob, type JobPlaces } from './find-job.js';
import { hasEnded } from './wait-for-job.js';

const POLL_MS = 250;
/** Its worker writes lines in groups: the last ones come a little after the end. */
const LAST_LINES_MS = 1_000;

/** Ends when the job has ended, or `signal` is aborted. @throws {NotFoundError} */
export async function* followLog(
  places: JobPlaces,
  id: string,
  { signal }: Pick<WaitOptions, 'signal'>,
): AsyncGenerator<LogLine> {
  let after = '0';
  let endSeenAtMs: number | undefined;
  for (;;) {
    if (endSeenAtMs === undefined && hasEnded(await findJob(places, id))) endSeenAtMs = Date.now();
    const isLast = endSeenAtMs !== undefined && Date.now() - endSeenAtMs >= LAST_LINES_MS;
    const lines = await patiently(() => readJobLog(places.db, id, { after }));
    yield* lines;
    after = lines.at(-1)?.id ?? after;
    if (isLast || signal?.aborted === true) return;
    await pause(POLL_MS, { signal });
  }
}

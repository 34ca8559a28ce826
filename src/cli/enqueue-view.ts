/** Queues a file's rows or one job, says what was queued, and waits when asked to. */
import type { EnqueuedJob } from '../batch/enqueue-job.js';
import { UsageError } from '../core/error.js';
import type { Priority } from '../core/priority.js';
import { plural } from '../core/text.js';
import type { Toolkit } from '../toolkit.js';
import { EXIT } from './exit-code.js';
import { parseKeyValues } from './key-values.js';
import { progressView } from './progress.js';
import { type RequestFlags, toRequest } from './request-flags.js';
import { toResult } from './run-batch.js';
import { renderSummary } from './run-summary.js';
import { listenForStop } from './stop-signal.js';
import { waitForJobView } from './wait-for-job-view.js';

export interface EnqueueFlags extends RequestFlags {
  queue?: string | undefined;
  priority?: Priority | undefined;
  delay?: number | undefined;
  expires?: number | undefined;
  'job-id'?: string | undefined;
  wait: boolean;
  timeout?: number | undefined;
  json: boolean;
  quiet: boolean;
}

const ARGUMENT = /^[A-Za-z_][\w.-]*:?=/;

/** Returns the exit code. */
export async function enqueueView(
  toolkit: Toolkit,
  { task, rest }: { task: string; rest: string[] },
  flags: EnqueueFlags,
): Promise<number> {
  if (rest.length > 0 && rest.every((argument) => ARGUMENT.test(argument)))
    return enqueueJob(toolkit, task, rest, flags);
  if (rest.length !== 1) {
    throw new UsageError(
      rest.length === 0
        ? 'Nothing to queue: neither a file nor name=value'
        : `Expected one file, found ${rest.join(' ')}`,
      { code: 'ARGUMENT_INVALID', hint: `jobs enqueue ${task} FILE, or jobs enqueue ${task} name=value …` },
    );
  }
  if (flags['job-id'] !== undefined) {
    throw new UsageError('--job-id is for one job; the rows of a file have ids of their own', {
      code: 'FLAG_INVALID',
    });
  }
  return enqueueFile(toolkit, task, rest[0]!, flags);
}

async function enqueueFile(
  toolkit: Toolkit,
  task: string,
  file: string,
  flags: EnqueueFlags,
): Promise<number> {
  const { batchId, continued, warnings } = await toolkit.submit({
    ...toRequest(task, file, flags),
    queue: flags.queue,
    priority: flags.priority,
    delayMs: flags.delay,
    expiresAtMs: expiresAtMs(flags),
  });
  for (const warning of warnings) if (!flags.quiet) process.stderr.write(`Note: ${warning}\n`);
  if (flags.wait) return waitView(toolkit, batchId, flags);
  const { counts } = await toolkit.batch(batchId);
  const text = `${batchId}\n`;
  if (flags.json)
    process.stdout.write(`${JSON.stringify({ batch: batchId, task, continued, counts }, null, 2)}\n`);
  else {
    process.stdout.write(text);
    if (!flags.quiet) {
      process.stderr.write(
        `${plural(counts.total, 'row')} recorded, ${counts.pending ?? 0} queued, ${counts.skipped} skipped, ${counts.invalid} invalid. Next: jobs worker, jobs batch wait ${batchId}\n`,
      );
    }
  }
  return EXIT.done;
}

/** Waits for a batch and says how it ended; shared with `batch wait`. */
export async function waitView(
  toolkit: Toolkit,
  batchId: string,
  flags: { timeout?: number | undefined; json: boolean; quiet: boolean },
): Promise<number> {
  const stop = listenForStop(() => {});
  const view = progressView({ quiet: flags.quiet, stream: process.stderr });
  try {
    const watched = await toolkit.watch(batchId, {
      signal: stop.signal,
      deadlineMs: flags.timeout === undefined ? undefined : Date.now() + flags.timeout,
      onProgress: (progress) => view.update(progress),
    });
    view.end();
    const result = await toResult(toolkit, await toolkit.batch(batchId), []);
    process.stdout.write(`${flags.json ? JSON.stringify(result, null, 2) : renderSummary(result)}\n`);
    if (watched !== 'ended') {
      process.stderr.write(`The batch goes on. To wait again: jobs batch wait ${batchId}\n`);
      return watched === 'timed-out' ? EXIT.timeout : EXIT.interrupted;
    }
    const { failed, invalid, cancelled } = result.counts;
    return failed + invalid + cancelled > 0 ? EXIT.someFailed : EXIT.done;
  } finally {
    view.end();
    stop.release();
  }
}

async function enqueueJob(
  toolkit: Toolkit,
  task: string,
  rest: string[],
  flags: EnqueueFlags,
): Promise<number> {
  const job = await toolkit.enqueue({
    task,
    input: parseKeyValues(rest),
    options: parseKeyValues(flags.set),
    id: flags['job-id'],
    queue: flags.queue,
    priority: flags.priority,
    delayMs: flags.delay,
    expiresAtMs: expiresAtMs(flags),
    requestId: flags['request-id'],
  });
  if (!flags.quiet) noteEqual(job);
  if (!flags.wait) {
    const { id, queue, refused, replaced } = job;
    process.stdout.write(
      `${flags.json ? JSON.stringify({ job: id, task, queue, refused, replaced }, null, 2) : id}\n`,
    );
    return EXIT.done;
  }
  return waitForJobView(toolkit, job, flags);
}

/** Of a task whose jobs are unique. */
function noteEqual({ id, refused, replaced }: EnqueuedJob): void {
  if (refused !== null) process.stderr.write(`Not added: an equal job is there, ${id}\n`);
  if (replaced !== null) process.stderr.write(`It took the place of ${replaced}, which had not begun\n`);
}

function expiresAtMs(flags: EnqueueFlags): number | undefined {
  return flags.expires === undefined ? undefined : Date.now() + flags.expires;
}

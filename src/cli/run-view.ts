/** Shows a run while it goes and when it has ended; prints the command that goes on with it when it was cut. */
import type { BatchRequest } from '../batch/request.js';
import { BackendError } from '../core/error.js';
import type { Toolkit } from '../toolkit.js';
import { printable } from './printable.js';
import { progressView } from './progress.js';
import { type RunEnd, type RunOptions, runBatch } from './run-batch.js';
import { renderSummary } from './run-summary.js';
import { listenForStop } from './stop-signal.js';

export interface RunViewFlags extends Pick<RunOptions, 'concurrency' | 'timeoutMs' | 'maxFailures'> {
  out: string;
  json: boolean;
  quiet: boolean;
  'log-level': string;
}

/** Returns the exit code. */
export async function runView(
  toolkit: Toolkit,
  what: BatchRequest | { batchId: string },
  flags: RunViewFlags,
): Promise<number> {
  const say = (message: string): void => {
    if (!flags.quiet) process.stderr.write(`${message}\n`);
  };
  const view = progressView({ quiet: flags.quiet, stream: process.stderr });
  const stop = listenForStop(() => say('Stopping: what runs is finished first. Ctrl-C again ends now.'));
  const notes: string[] = [];
  let begun: string | undefined;
  try {
    const end = await runBatch(toolkit, what, {
      outDir: flags.out,
      concurrency: flags.concurrency,
      timeoutMs: flags.timeoutMs,
      maxFailures: flags.maxFailures,
      stop,
      onBatch: ({ id, continued, warnings }) => {
        begun = id;
        say(continued ? `Going on with batch ${id}` : `Batch ${id}`);
        for (const warning of warnings) say(`Note: ${warning}`);
      },
      onProgress: (progress) => view.update(progress),
      onNote: (message) => notes.push(message),
      onTaskLog: ({ level, message }) => {
        if (level === 'warn' || flags['log-level'] === 'info' || flags['log-level'] === 'debug')
          say(printable(message));
      },
    });
    view.end();
    for (const note of notes) say(`Note: ${note}`);
    if (end.result !== undefined) {
      process.stdout.write(
        `${flags.json ? JSON.stringify(end.result, null, 2) : renderSummary(end.result)}\n`,
      );
    }
    if (end.cut !== undefined) say(howToGoOn(end));
    return end.exitCode;
  } catch (error) {
    view.end();
    if (error instanceof BackendError && begun !== undefined)
      say(`Nothing is lost. To go on: jobs batch resume ${begun}`);
    throw error;
  } finally {
    view.end();
    stop.release();
  }
}

function howToGoOn({ batchId, cut }: RunEnd): string {
  return `${cut === 'timed-out' ? 'The time is up' : 'Stopped'}; nothing is lost. To go on: jobs batch resume ${batchId}`;
}

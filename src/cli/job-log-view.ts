/** The log of a job, written line by line. */
import type { LogLine } from '../ledger/job-log.js';
import type { Toolkit } from '../toolkit.js';
import { EXIT } from './exit-code.js';
import { printable } from './printable.js';
import { listenForStop } from './stop-signal.js';

export interface JobLogFlags {
  follow: boolean;
  json: boolean;
  jsonl: boolean;
}

/** Returns the exit code. @throws {NotFoundError} */
export async function writeJobLog(toolkit: Toolkit, id: string, flags: JobLogFlags): Promise<number> {
  if (flags.json) {
    process.stdout.write(`${JSON.stringify((await toolkit.jobs.logs(id)).map(toEntry), null, 2)}\n`);
    return EXIT.done;
  }
  const text = (line: LogLine): string => (flags.jsonl ? JSON.stringify(toEntry(line)) : toText(line));
  if (!flags.follow) {
    for (const line of await toolkit.jobs.logs(id)) process.stdout.write(`${text(line)}\n`);
    return EXIT.done;
  }
  const stop = listenForStop(() => {});
  try {
    for await (const line of toolkit.jobs.followLogs(id, stop)) {
      if (process.stdout.destroyed || process.stdout.errored !== null) break;
      process.stdout.write(`${text(line)}\n`);
    }
    return stop.signal.aborted ? EXIT.interrupted : EXIT.done;
  } finally {
    stop.release();
  }
}

function toEntry({ at, level, message }: LogLine): Omit<LogLine, 'id'> {
  return { at, level, message };
}

function toText({ at, level, message }: LogLine): string {
  return `${at}  ${level.padEnd(5)}  ${printable(message)}`;
}

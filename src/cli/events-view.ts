/** Events as lines for people, JSON lines, or one JSON document. */

import { formatDuration } from '../core/duration.js';
import { UsageError } from '../core/error.js';
import type { EventLine, EventType } from '../operate/event-lines.js';
import type { EventFilter } from '../operate/events.js';
import type { Toolkit } from '../toolkit.js';
import { colors } from './colors.js';
import { EXIT } from './exit-code.js';
import { printable } from './printable.js';
import { listenForStop } from './stop-signal.js';
import { jsonArray, toReader } from './to-reader.js';

export interface EventFlags {
  queue: string[];
  task?: string | undefined;
  batch?: string | undefined;
  type: EventType[];
  since?: number | undefined;
  from?: string | undefined;
  follow: boolean;
  until?: 'drained' | undefined;
  jsonl: boolean;
  json: boolean;
  quiet: boolean;
}

/** Returns the exit code: 130 when a follower was interrupted. */
export async function eventsView(toolkit: Toolkit, flags: EventFlags): Promise<number> {
  const isFollowing = flags.follow || flags.until !== undefined;
  if (isFollowing && flags.json) {
    throw new UsageError('--json prints one document, which a stream that goes on has no end for', {
      code: 'FLAG_INVALID',
      hint: 'jobs events --follow --jsonl',
    });
  }
  const stop = listenForStop(() => {});
  try {
    const events = toolkit.events(toFilter(flags, isFollowing ? stop.signal : undefined));
    let cursor = flags.from;
    const seen = mapped(events, (event) => {
      cursor = event.cursor;
      return event;
    });
    await toReader(async (write) => {
      for await (const part of toParts(seen, flags)) await write(part);
    });
    if (!stop.signal.aborted) return EXIT.done;
    if (cursor !== undefined && !flags.quiet)
      process.stderr.write(`To go on: jobs events --follow --from ${cursor}\n`);
    return EXIT.interrupted;
  } finally {
    stop.release();
  }
}

function toFilter(flags: EventFlags, following: AbortSignal | undefined): EventFilter {
  return {
    queues: flags.queue,
    task: flags.task,
    batch: flags.batch,
    types: flags.type,
    sinceMs: flags.since === undefined ? undefined : Date.now() - flags.since,
    from: flags.from,
    follow: following === undefined ? undefined : { signal: following, until: flags.until },
  };
}

function toParts(events: AsyncIterable<EventLine>, flags: EventFlags): AsyncGenerator<string> {
  if (flags.json) return jsonArray(mapped(events, (event) => JSON.stringify(event)));
  return mapped(
    events,
    flags.jsonl ? (event) => `${JSON.stringify(event)}\n` : (event) => `${toText(event)}\n`,
  );
}

async function* mapped<T>(
  events: AsyncIterable<EventLine>,
  change: (event: EventLine) => T,
): AsyncGenerator<T> {
  for await (const event of events) yield change(event);
}

/** Columns as wide as most of what stands in them: a stream cannot know what comes. */
function toText(event: EventLine): string {
  const facts = [
    event.row === null ? undefined : `row ${event.row}`,
    event.attempt !== null && event.attempt > 1 ? `attempt ${event.attempt}` : undefined,
    event.durationMs === null ? undefined : formatDuration(event.durationMs),
    event.job === null ? undefined : event.worker,
    event.message,
  ];
  const what = event.job ?? event.batch ?? event.worker ?? '';
  const columns = [
    event.at.slice(11, 23),
    paint(event.type)(event.type.padEnd(14)),
    printable(event.queue ?? '').padEnd(10),
    printable(event.task ?? '').padEnd(12),
    printable(what).padEnd(22),
    printable(facts.filter((fact) => fact !== undefined && fact !== null).join(', ')),
  ];
  return columns.join('  ').trimEnd();
}

function paint(type: EventType): (text: string) => string {
  switch (type) {
    case 'completed':
    case 'batch-finished':
      return colors.green;
    case 'failed':
    case 'stalled':
    case 'gap':
    case 'worker-deaf':
    case 'schedule-late':
      return colors.red;
    case 'retrying':
    case 'cancelled':
    case 'rate-limited':
    case 'queue-paused':
    case 'worker-down':
    case 'schedule-skipped':
      return colors.yellow;
    case 'active':
    case 'progress':
    case 'batch-started':
    case 'worker-up':
      return colors.cyan;
    default:
      return colors.dim;
  }
}

/** Queues as people and programs read them. */
import { formatDuration } from '../core/duration.js';
import { formatRate, type Rate } from '../core/rate.js';
import type { QueueDetail, QueueLine } from '../operate/queue-control.js';
import { colors } from './colors.js';
import { printable } from './printable.js';
import { table } from './table.js';

/** The public shape of a queue; the order of its keys too. */
export interface QueueFactsJson {
  name: string;
  paused: boolean;
  waiting: number;
  active: number;
  delayed: number;
  prioritized: number;
  waitingChildren: number;
  completed: number;
  failed: number;
  oldestWaitingMs: number | null;
  workers: number;
  ratePerMin: number;
  limit: string | null;
}

export function queueJson(line: QueueLine): QueueFactsJson {
  return {
    name: line.name,
    paused: line.paused,
    waiting: line.waiting,
    active: line.active,
    delayed: line.delayed,
    prioritized: line.prioritized,
    waitingChildren: line.waitingChildren,
    completed: line.completed,
    failed: line.failed,
    oldestWaitingMs: line.oldestWaitingMs,
    workers: line.workers,
    ratePerMin: line.ratePerMin,
    limit: limitText(line.limit),
  };
}

export function queueDetailJson(queue: QueueDetail): QueueFactsJson & Record<string, unknown> {
  return {
    ...queueJson(queue),
    limitSource: queue.limitSource,
    concurrency: queue.concurrency,
    pausedAt: queue.pause?.at ?? null,
    pausedBy: queue.pause?.by ?? null,
    pauseReason: queue.pause?.reason ?? null,
    pausedUntil: queue.pause?.until ?? null,
  };
}

export function renderQueues(queues: readonly QueueLine[]): string {
  if (queues.length === 0) return 'No queues: this project has no tasks and no jobs';
  const [head, ...lines] = table(queues, [
    { head: 'queue', value: ({ name }) => name },
    { head: 'waiting', value: (queue) => String(ready(queue)), right: true },
    { head: 'active', value: ({ active }) => String(active), right: true },
    { head: 'delayed', value: ({ delayed }) => String(delayed), right: true },
    { head: 'completed', value: ({ completed }) => String(completed), right: true },
    { head: 'failed', value: ({ failed }) => String(failed), right: true },
    { head: 'oldest', value: ({ oldestWaitingMs }) => ageText(oldestWaitingMs), right: true },
    { head: 'workers', value: ({ workers }) => String(workers), right: true },
    { head: 'per min', value: ({ ratePerMin }) => String(ratePerMin), right: true },
    { head: 'limit', value: ({ limit }) => limitText(limit) ?? '', right: true },
    { head: '', value: (queue) => notes(queue).join(', ') },
  ]).split('\n');
  return [head, ...lines.map((line, index) => coloured(line, queues[index]!))].join('\n');
}

export function renderQueue(queue: QueueDetail): string {
  const { pause } = queue;
  const facts: [string, string][] = [
    [
      'waiting',
      `${ready(queue)}${queue.oldestWaitingMs === null ? '' : `, the oldest for ${formatDuration(queue.oldestWaitingMs)}`}`,
    ],
    ['active', String(queue.active)],
    ['delayed', String(queue.delayed)],
    ['for others', `${queue.waitingChildren} wait for jobs of theirs`],
    ['completed', `${queue.completed} kept`],
    ['failed', String(queue.failed)],
    ['workers', String(queue.workers)],
    ['per minute', `${queue.ratePerMin} completed`],
    [
      'limit',
      `${limitText(queue.limit) ?? 'none'}${queue.limitSource === null ? '' : ` (set by the ${queue.limitSource})`}`,
    ],
    [
      'at once',
      queue.concurrency === null ? 'as many as its workers run' : `${queue.concurrency} over all workers`,
    ],
    ['paused', queue.paused ? pauseText(pause) : 'no'],
  ];
  const lines = facts.map(([name, value]) => `  ${name.padEnd(10)} ${printable(value)}`);
  const warnings = notes(queue).filter((note) => note === NO_WORKER);
  return [
    colors.bold(printable(queue.name)),
    ...lines,
    ...warnings.map((note) =>
      colors.red(`  ${note}: jobs wait and nobody takes them; start one with: jobs worker`),
    ),
  ].join('\n');
}

export function limitText(limit: Rate | null): string | null {
  return limit === null ? null : formatRate(limit);
}

const NO_WORKER = 'no worker';

function notes(queue: QueueLine): string[] {
  return [
    ...(queue.paused ? ['paused'] : []),
    ...(ready(queue) > 0 && queue.workers === 0 ? [NO_WORKER] : []),
  ];
}

function coloured(line: string, queue: QueueLine): string {
  if (notes(queue).includes(NO_WORKER)) return colors.red(line);
  return queue.paused ? colors.yellow(line) : line;
}

/** Jobs that could run now: the queue counts those without a priority apart. */
function ready({ waiting, prioritized }: QueueLine): number {
  return waiting + prioritized;
}

function ageText(ageMs: number | null): string {
  return ageMs === null ? '' : formatDuration(ageMs);
}

function pauseText(pause: QueueDetail['pause']): string {
  if (pause === null) return 'yes';
  const why = pause.reason === null ? '' : `: ${pause.reason}`;
  const end = pause.until === null ? '' : `, until ${pause.until}`;
  return `by ${pause.by} since ${pause.at}${end}${why}`;
}

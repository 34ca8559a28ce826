/** Jobs as people and programs read them. */
import { formatDuration } from '../core/duration.js';
import { plural, shorten } from '../core/text.js';
import type { CancelReport } from '../operate/cancel-job.js';
import type { JobFacts } from '../operate/job-facts.js';
import type { JobChange } from '../operate/jobs.js';
import type { AttemptToCome } from '../operate/retry-times.js';
import type { Why } from '../operate/why.js';
import type { JobPage, QueuedJob } from '../queue/inspect.js';
import { colors } from './colors.js';
import type { IdOutcome } from './job-ids.js';
import { printable } from './printable.js';
import { table } from './table.js';

export interface JobLine {
  job: string;
  task: string;
  queue: string;
  state: string;
  batch: string | null;
  row: number | null;
  priority: string | null;
  attemptsMade: number;
  maxAttempts: number;
  addedAt: string;
  delayedUntil: string | null;
  startedAt: string | null;
  endedAt: string | null;
  worker: string | null;
  message: string | null;
}

export function jobLines({ jobs }: JobPage): JobLine[] {
  return jobs.map(toLine);
}

function toLine(job: QueuedJob): JobLine {
  const { data } = job;
  return {
    job: job.id,
    task: job.task,
    queue: job.queue,
    state: job.state,
    batch: 'batch' in data ? data.batch : null,
    row: data.kind === 'row' ? data.number : null,
    priority: job.priority,
    attemptsMade: job.attemptsMade,
    maxAttempts: job.maxAttempts,
    addedAt: time(job.addedAtMs)!,
    delayedUntil: time(job.delayedUntilMs),
    startedAt: time(job.startedAtMs),
    endedAt: time(job.endedAtMs),
    worker: job.worker,
    message: job.failedReason,
  };
}

function time(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}

export function renderJobs(
  { jobs, total }: JobPage,
  { queue, state, offset }: { queue: string; state: string; offset: number },
): string {
  if (jobs.length === 0) {
    return total === 0
      ? `No job of queue ${printable(queue)} is ${state}`
      : `No more: queue ${printable(queue)} has ${plural(total, 'job')} that are ${state}`;
  }
  const lines = table(jobs.map(toLine), [
    { head: 'job', value: ({ job }) => job },
    { head: 'task', value: ({ task }) => task },
    { head: 'priority', value: ({ priority }) => priority ?? '' },
    {
      head: 'attempts',
      value: ({ attemptsMade, maxAttempts }) => `${attemptsMade}/${maxAttempts}`,
      right: true,
    },
    { head: 'added', value: ({ addedAt }) => clock(addedAt) },
    ...(state in WHEN ? [{ head: WHEN[state]!, value: (line: JobLine) => clock(whenOf(line, state)) }] : []),
    { head: '', value: ({ message }) => shorten(message ?? '') },
  ]);
  const last = offset + jobs.length;
  const more = last < total ? `; the next: --offset ${last}` : '';
  return `${lines}\n${offset + 1} to ${last} of ${plural(total, 'job')}${more}`;
}

const WHEN: Record<string, string> = {
  active: 'started',
  delayed: 'delayed until',
  completed: 'ended',
  failed: 'ended',
};

function whenOf(line: JobLine, state: string): string | null {
  if (state === 'delayed') return line.delayedUntil;
  return state === 'completed' || state === 'failed' ? line.endedAt : line.startedAt;
}

/** `2026-06-01 09:30:05`, in UTC as everywhere. */
function clock(at: string | null): string {
  return at === null ? '' : at.slice(0, 19).replace('T', ' ');
}

export function renderJob(job: JobFacts): string {
  const facts: [string, string | null][] = [
    ['task', job.task],
    ['queue', job.queue],
    ['state', job.reason === null ? job.state : `${job.state}: ${job.reason}`],
    ['row', rowText(job)],
    ['cell', job.cell],
    ['priority', job.priority],
    ['added', job.addedAt],
    ['delayed', job.delayedUntil === null ? null : `until ${job.delayedUntil}`],
    ['expires', job.expiresAt],
    ['started', job.startedAt],
    ['ended', job.endedAt],
    ['worker', job.worker],
    ['lease', job.leaseEndsAt === null ? null : `until ${job.leaseEndsAt}, unless renewed`],
    ['attempts', `${job.attemptsMade}${job.maxAttempts === null ? '' : ` of ${job.maxAttempts}`}`],
    ['leases lost', job.leasesLost === 0 ? null : String(job.leasesLost)],
    ['progress', job.progress === null || job.progress === 0 ? null : json(job.progress)],
    ['request', job.requestId],
    ['from', job.from === null ? null : `${job.from.kind} of ${job.from.job}`],
    ['awaited by', job.parent?.id ?? null],
    ['waits for', job.children === null ? null : job.children.open.join(', ')],
    ['unique', job.unique],
    ['cancelled', job.cancelled === null ? null : `by ${job.cancelled.by} at ${job.cancelled.at}`],
    ['input', job.input === null ? null : json(job.input)],
    ['result', job.result === null ? null : json(job.result)],
  ];
  const shown = facts.filter((fact): fact is [string, string] => fact[1] !== null);
  return [
    colors.bold(printable(job.job)),
    ...shown.map(([name, value]) => `  ${name.padEnd(11)} ${printable(value)}`),
    ...attemptLines(job),
    ...retryLines(job.retries),
  ].join('\n');
}

function rowText({ batch, file, sheet, row }: JobFacts): string | null {
  if (row === null) return batch === null ? null : `the end of ${batch}`;
  return `${row} of ${file}${sheet === null ? '' : `, sheet ${sheet}`} (${batch})`;
}

function json(value: unknown): string {
  return shorten(JSON.stringify(value) ?? '', 200);
}

function attemptLines({ attempts }: JobFacts): string[] {
  if (attempts.length === 0) return [];
  const lines = table(attempts, [
    { head: 'attempt', value: ({ number }) => String(number), right: true },
    { head: 'outcome', value: ({ outcome }) => outcome ?? 'running' },
    { head: 'worker', value: ({ worker }) => worker },
    { head: 'began', value: ({ startedAt }) => clock(startedAt) },
    { head: 'ended', value: ({ endedAt }) => clock(endedAt) },
    {
      head: 'error',
      value: ({ error }) => (error === null ? '' : shorten(`${error.code}: ${error.message}`, 100)),
    },
  ]);
  return ['', ...lines.split('\n').map((line) => `  ${line}`)];
}

function retryLines(retries: readonly AttemptToCome[] | null): string[] {
  if (retries === null || retries.length === 0) return [];
  const lines = table(retries, [
    { head: 'retry', value: ({ attempt }) => String(attempt), right: true },
    { head: 'after', value: waitText, right: true },
    { head: 'not before', value: ({ earliestAt }) => clock(earliestAt) },
    { head: 'at the latest', value: ({ latestAt }) => clock(latestAt) },
  ]);
  return [
    '',
    '  If every attempt from now on fails at once:',
    ...lines.split('\n').map((line) => `  ${line}`),
  ];
}

function waitText({ leastWaitMs, mostWaitMs }: AttemptToCome): string {
  const most = formatDuration(mostWaitMs);
  return leastWaitMs === mostWaitMs ? most : `${formatDuration(leastWaitMs)} to ${most}`;
}

export function renderWhy({ job, state, reasons, couldRunNow }: Why): string {
  const lines = reasons.map(({ message }) => `  ${printable(message)}`);
  if (couldRunNow) lines.push('  nothing holds it: a worker with room takes it now');
  return [`${colors.bold(printable(job))} is ${state}`, ...lines].join('\n');
}

export function renderCancels(outcomes: readonly IdOutcome<CancelReport>[], isDryRun: boolean): string {
  return outcomes.map((one) => cancelLine(one, isDryRun)).join('\n');
}

function cancelLine(one: IdOutcome<CancelReport>, isDryRun: boolean): string {
  if (one.outcome === 'refused') return refusal(one);
  const { job, was, outcome, dependents } = one;
  const more = dependents.length === 0 ? '' : `, with ${dependents.join(', ')}, which waits for it`;
  if (outcome === 'ended') return printable(`${job} is ${was} already; there is nothing to cancel`);
  if (isDryRun) return printable(`${job} would be cancelled${more}; it is ${was}`);
  return outcome === 'stopping'
    ? printable(`${job} runs; its worker stops it within two seconds${more}`)
    : printable(`${job} cancelled${more}`);
}

/** `done` is what was done: `retried`, `would be removed`. */
export function renderChanges(outcomes: readonly IdOutcome<JobChange>[], done: string): string {
  return outcomes
    .map((one) =>
      one.outcome === 'refused' ? refusal(one) : printable(`${one.job} ${done}; it was ${one.was}`),
    )
    .join('\n');
}

function refusal({ message }: { message: string }): string {
  return printable(message);
}

/** Workers on any machine: the list, who answered a ping, what became of a wish. */
import { formatDuration } from '../core/duration.js';
import type { TaskCode } from '../core/task.js';
import { plural } from '../core/text.js';
import type { RunningJob } from '../ledger/workers.js';
import type { OtherTask, WorkerLine, WorkerReply } from '../operate/worker-control.js';
import { EXIT } from './exit-code.js';
import { printable } from './printable.js';
import { table } from './table.js';

/** An entry of `jobs worker list --json`; its shape is a public promise. */
export interface ListedWorker {
  id: string;
  host: string;
  pid: number;
  state: 'running' | 'paused' | 'stopping' | 'lost';
  queues: { queue: string; slots: number }[];
  slots: number;
  running: number;
  jobs: RunningJob[];
  /** Null when none runs. */
  oldestJobMs: number | null;
  rssBytes: number;
  startedAt: string;
  heartbeatAt: string;
  heartbeatAgeMs: number;
  versions: Record<string, string>;
  tasks: Record<string, TaskCode>;
  otherTasks: OtherTask[];
}

export function toListed(worker: WorkerLine): ListedWorker {
  const queues = Object.entries(worker.slots).map(([queue, slots]) => ({ queue, slots }));
  const nowMs = Date.parse(worker.heartbeatAt) + worker.heartbeatAgeMs;
  const ages = worker.jobs.map(({ startedAt }) => Math.max(nowMs - Date.parse(startedAt), 0));
  return {
    id: worker.id,
    host: worker.host,
    pid: worker.pid,
    state: worker.isLost ? 'lost' : worker.state,
    queues,
    slots: queues.reduce((sum, { slots }) => sum + slots, 0),
    running: worker.running,
    jobs: worker.jobs,
    oldestJobMs: ages.length === 0 ? null : Math.max(...ages),
    rssBytes: worker.rssBytes,
    startedAt: worker.startedAt,
    heartbeatAt: worker.heartbeatAt,
    heartbeatAgeMs: worker.heartbeatAgeMs,
    versions: worker.versions,
    tasks: worker.tasks,
    otherTasks: worker.otherTasks,
  };
}

export function renderWorkers(workers: readonly ListedWorker[]): string {
  if (workers.length === 0) return 'No worker runs. Start one: jobs worker';
  const lines = table(workers, [
    { head: 'WORKER', value: ({ id }) => id },
    { head: 'HOST', value: ({ host }) => host },
    { head: 'PID', value: ({ pid }) => String(pid), right: true },
    { head: 'STATE', value: ({ state }) => state },
    {
      head: 'QUEUES',
      value: ({ queues }) => queues.map(({ queue, slots }) => `${queue}:${slots}`).join(' ') || 'none',
    },
    { head: 'RUNNING', value: ({ running, slots }) => `${running}/${slots}`, right: true },
    {
      head: 'OLDEST',
      value: ({ oldestJobMs }) => (oldestJobMs === null ? '-' : formatDuration(oldestJobMs)),
      right: true,
    },
    { head: 'MEMORY', value: ({ rssBytes }) => `${Math.round(rssBytes / 1e6)} MB`, right: true },
    {
      head: 'HEARTBEAT',
      value: ({ heartbeatAgeMs }) => `${formatDuration(heartbeatAgeMs)} ago`,
      right: true,
    },
  ]);
  return [lines, ...workers.flatMap(notes)].join('\n');
}

function notes({ id, otherTasks }: ListedWorker): string[] {
  return otherTasks.map(({ task, batch, wanted, has }) => {
    const what =
      has === null
        ? 'has no such task'
        : has.version !== null && has.version !== wanted.version
          ? `has version ${has.version}, and the batch was submitted with version ${wanted.version}`
          : 'has another file of the same version';
    return printable(`! ${id}: other code than batch ${batch} for task ${task}: it ${what}`);
  });
}

/** `jobs worker ping --json`; its shape is a public promise. */
export interface PingResult {
  asked: number;
  replied: number;
  workers: {
    id: string;
    host: string;
    pid: number;
    replied: boolean;
    tookMs: number | null;
    state: 'running' | 'paused' | 'stopping' | null;
    running: number | null;
    heartbeatAt: string;
    heartbeatAgeMs: number;
  }[];
}

export function toPing(replies: readonly WorkerReply[]): PingResult {
  return {
    asked: replies.length,
    replied: replies.filter(({ answer }) => answer !== undefined).length,
    workers: replies.map(({ worker, answer, tookMs }) => ({
      id: worker.id,
      host: worker.host,
      pid: worker.pid,
      replied: answer !== undefined,
      tookMs: tookMs ?? null,
      state: answer?.state ?? null,
      running: answer?.running ?? null,
      heartbeatAt: worker.heartbeatAt,
      heartbeatAgeMs: worker.heartbeatAgeMs,
    })),
  };
}

export function renderPing({ asked, replied, workers }: PingResult): string {
  return [
    `${replied} of ${asked} replied`,
    ...workers.map(({ id, host, pid, tookMs, state, running, heartbeatAgeMs }) =>
      printable(
        tookMs === null
          ? `${id}  ${host}:${pid}  silent, last heartbeat ${formatDuration(heartbeatAgeMs)} ago`
          : `${id}  ${host}:${pid}  replied in ${formatDuration(tookMs)}: ${state}, ${plural(running ?? 0, 'job')} running`,
      ),
    ),
  ].join('\n');
}

/** What became of a wish, for each worker; its shape is a public promise. */
export interface WishResult {
  worker: string;
  /** False: not in time; it does so when it reads the letter. */
  answered: boolean;
  /** Why it did not. */
  refused: string | null;
  state: 'running' | 'paused' | 'stopping' | null;
  queues: { queue: string; slots: number }[] | null;
  running: number | null;
}

export function toWish({ worker, answer }: WorkerReply): WishResult {
  const slots = answer === undefined ? null : Object.entries(answer.slots);
  return {
    worker: worker.id,
    answered: answer !== undefined,
    refused: answer?.refused ?? null,
    state: answer?.state ?? null,
    queues: slots?.map(([queue, jobs]) => ({ queue, slots: jobs })) ?? null,
    running: answer?.running ?? null,
  };
}

export function renderWishes(results: readonly WishResult[], done: string): string {
  return results
    .map(({ worker, answered, refused, queues, running }) => {
      if (!answered) return `${worker}: has not answered yet; it will do so when it reads the letter`;
      if (refused !== null) return printable(`${worker}: refused: ${refused}`);
      const serving = queues?.map(({ queue, slots }) => `${queue}:${slots}`).join(' ') || 'no queue';
      return printable(`${worker}: ${done}; serves ${serving}, ${plural(running ?? 0, 'job')} running`);
    })
    .join('\n');
}

/** 5 when one has not answered, or refused. */
export function exitCodeOfWishes(results: readonly Pick<WishResult, 'answered' | 'refused'>[]): number {
  return results.every(({ answered, refused }) => answered && refused === null) ? EXIT.done : EXIT.someFailed;
}

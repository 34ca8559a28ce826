/** Schedules as people and programs read them. */
import cronstrue from 'cronstrue';
import { hideSecrets } from '../config/secret.js';
import { formatDuration } from '../core/duration.js';
import { plural } from '../core/text.js';
import { formatInZone } from '../core/time-zone.js';
import type { ScheduleRun } from '../ledger/schedule-runs.js';
import type { ScheduleRecord } from '../ledger/schedules.js';
import type { ComingTimes } from '../operate/coming-times.js';
import { type ScheduleFacts, stateOf } from '../operate/schedule-facts.js';
import type { SchedulePlan } from '../operate/schedule-plan.js';
import { colors } from './colors.js';
import { printable } from './printable.js';
import { table } from './table.js';

const DAY_MS = 86_400_000;
/** From here on hours say less than days. */
const LONG_MS = 3 * DAY_MS;

export function scheduleJson(schedule: ScheduleFacts): Record<string, unknown> {
  return {
    name: schedule.name,
    task: schedule.task,
    queue: schedule.queue,
    cron: schedule.cron,
    everyMs: schedule.everyMs,
    tz: schedule.tz,
    when: describeWhen(schedule),
    state: schedule.state,
    config: schedule.config,
    pausedAt: schedule.pausedAt,
    pausedBy: schedule.pausedBy,
    pauseReason: schedule.pauseReason,
    nextAt: schedule.nextAt,
    lastAt: schedule.lastAt,
    lastJob: schedule.lastJob,
    lagMs: schedule.lastLagMs,
    runs: schedule.runs,
    maxRuns: schedule.maxRuns,
    startsAt: schedule.startsAt,
    endsAt: schedule.endsAt,
    jitterMs: schedule.jitterMs,
    overlap: schedule.overlap,
    missed: schedule.missed,
    missedWindowMs: schedule.missedWindowMs,
    priority: schedule.priority,
    input: hideSecrets(schedule.input),
    options: hideSecrets(schedule.options),
  };
}

export function renderSchedules(schedules: readonly ScheduleFacts[]): string {
  if (schedules.length === 0) {
    return 'No schedules. Name some under "schedules" in the config, then: jobs schedule apply';
  }
  const none = '-';
  return table(schedules, [
    { head: 'schedule', value: ({ name }) => name },
    { head: 'task', value: ({ task }) => task },
    { head: 'when', value: describeWhen },
    {
      head: 'next',
      value: ({ nextAt, tz }) => (nextAt === null ? none : formatInZone(tz, Date.parse(nextAt))),
    },
    {
      head: 'last',
      value: ({ lastAt, tz }) => (lastAt === null ? none : formatInZone(tz, Date.parse(lastAt))),
    },
    {
      head: 'lag',
      value: ({ lastLagMs }) => (lastLagMs === null ? none : formatDuration(lastLagMs)),
      right: true,
    },
    {
      head: 'runs',
      value: ({ runs, maxRuns }) => (maxRuns === null ? String(runs) : `${runs}/${maxRuns}`),
      right: true,
    },
    { head: 'state', value: describeState },
  ]);
}

export function comingJson({ times, warnings, notes }: ComingTimes): Record<string, unknown> {
  return {
    times: times.map(({ name, at, tz, warning }) => ({
      name,
      at,
      local: formatInZone(tz, Date.parse(at)),
      tz,
      warning,
    })),
    warnings,
    notes,
  };
}

export function renderComing({ times, warnings, notes }: ComingTimes, nowMs: number): string {
  const lines: string[] = [];
  if (times.length > 0) {
    lines.push(
      table(times, [
        { head: 'schedule', value: ({ name }) => name },
        { head: 'there', value: ({ at, tz }) => `${formatInZone(tz, Date.parse(at))} ${tz}` },
        { head: 'UTC', value: ({ at }) => at.replace('T', ' ').replace(/(:00)?\.000Z$/, 'Z') },
        { head: 'in', value: ({ at }) => until(Date.parse(at) - nowMs), right: true },
        { head: '', value: ({ warning }) => warning ?? '' },
      ]),
    );
  } else if (notes.length === 0) {
    lines.push('No schedules. Name some under "schedules" in the config, then: jobs schedule apply');
  }
  for (const { name, message } of notes) lines.push(`${name} ${printable(message)}`);
  if (warnings.length > 0) lines.push('', ...renderWarnings(warnings));
  return lines.join('\n');
}

/** `isDone`: it has been applied, and with it what was to be removed when `prunes`. */
export function renderPlan(
  plan: SchedulePlan,
  { isDone, prunes }: { isDone: boolean; prunes: boolean },
): string {
  const first = (nextAt: string | null) => (nextAt === null ? 'no time comes any more' : `next ${nextAt}`);
  const lines = [
    ...plan.add.map(({ name, task, nextAt }) => colors.green(`+ ${name}: task ${task}; ${first(nextAt)}`)),
    ...plan.change.flatMap(({ name, fields, nextAt, takenFrom }) => [
      colors.yellow(`~ ${name}: ${first(nextAt)}`),
      ...fields.map(({ field, from, to }) => printable(`    ${field}: ${text(from)} → ${text(to)}`)),
      ...(takenFrom === null ? [] : [printable(`    taken over from ${takenFrom}`)]),
    ]),
    ...plan.prune.map(({ name }) =>
      prunes
        ? colors.red(`- ${name}: not in this config any more`)
        : `  ${name} is not in this config any more, and stays: jobs schedule apply --prune`,
    ),
    ...plan.paused.map(({ name, by, reason }) =>
      printable(`  ${name} stays paused (by ${by}${reason === null ? '' : `: ${reason}`})`),
    ),
    ...plan.foreign.map(({ name, source }) => printable(`  ${name} belongs to ${source}, and is left alone`)),
  ];
  if (plan.warnings.length > 0) lines.push('', ...renderWarnings(plan.warnings), '');
  return [...lines, summary(plan, { isDone, prunes })].join('\n');
}

export function renderRun(run: ScheduleRun): string {
  return `${run.jobId} added to queue ${run.queue}`;
}

/** What a pause or a resume has made of it. */
export function pauseJson(schedule: ScheduleRecord): Record<string, unknown> {
  const { name, pausedAt, pausedBy, pauseReason, nextAt } = schedule;
  return { name, state: stateOf(schedule), pausedAt, pausedBy, pauseReason, nextAt };
}

export function renderPause(schedule: ScheduleRecord): string {
  const state = stateOf(schedule);
  if (state === 'paused') return `${schedule.name} is ${paused(schedule)}`;
  return `${schedule.name} is ${state}${schedule.nextAt === null ? '' : `; next ${schedule.nextAt}`}`;
}

function describeState(schedule: ScheduleFacts): string {
  const { state, config } = schedule;
  if (state === 'not-applied') return 'not applied (jobs schedule apply)';
  const notes = {
    same: '',
    changed: ', config changed',
    absent: ', not in the config',
    foreign: ", another config's",
  };
  return `${state === 'paused' ? paused(schedule) : state}${notes[config]}`;
}

function paused({ pausedBy, pauseReason }: Pick<ScheduleFacts, 'pausedBy' | 'pauseReason'>): string {
  return printable(`paused by ${pausedBy}${pauseReason === null ? '' : `: ${pauseReason}`}`);
}

/** `At 02:00 (Asia/Kolkata)`, `every 15m`. */
function describeWhen({ cron, everyMs, tz }: Pick<ScheduleFacts, 'cron' | 'everyMs' | 'tz'>): string {
  if (cron === null) return `every ${shortest(everyMs!)}`;
  const words = cronstrue.toString(cron, { use24HourTimeFormat: true, throwExceptionOnParseError: false });
  return `${words} (${tz})`;
}

/** As it is written in a config. */
function shortest(durationMs: number): string {
  const units = [
    ['d', DAY_MS],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const;
  const [unit, unitMs] = units.find(([, ms]) => durationMs % ms === 0) ?? ['ms', 1];
  return `${durationMs / unitMs}${unit}`;
}

function until(durationMs: number): string {
  return durationMs < LONG_MS
    ? formatDuration(Math.max(0, durationMs))
    : `${Math.floor(durationMs / DAY_MS)} d`;
}

function renderWarnings(warnings: readonly { name: string; message: string }[]): string[] {
  return warnings.map(({ name, message }) => `${name}: ${message}`);
}

function summary(plan: SchedulePlan, { isDone, prunes }: { isDone: boolean; prunes: boolean }): string {
  const counts = [
    [plan.add.length, isDone ? 'added' : 'to add'],
    [plan.change.length, isDone ? 'changed' : 'to change'],
    [prunes ? plan.prune.length : 0, isDone ? 'removed' : 'to remove'],
  ] as const;
  const said = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  if (said.length === 0)
    return `Nothing to do: ${plural(plan.unchanged.length, 'schedule')} as in the config`;
  return `${said.join(', ')}, ${plan.unchanged.length} unchanged`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

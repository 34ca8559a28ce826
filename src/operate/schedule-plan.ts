/** The config's schedules against those that are applied: what differs, and what may be removed. */
import type { ScheduleSettings } from '../config/config.js';
import { hideSecrets } from '../config/secret.js';
import { canonicalJson, contentHash } from '../core/content-hash.js';
import type { ScheduleRecord, ScheduleSpec } from '../ledger/schedules.js';

export interface SchedulePlan {
  add: { name: string; task: string; nextAt: string | null }[];
  change: {
    name: string;
    /** Old → new; what is secret by its name is hidden. */
    fields: { field: string; from: unknown; to: unknown }[];
    nextAt: string | null;
    /** Where the config is that it is taken over from; null when it is this one. */
    takenFrom: string | null;
  }[];
  /** This config has applied them and names them no more. */
  prune: { name: string; task: string }[];
  unchanged: string[];
  /** Applied by another config, and left alone. */
  foreign: { name: string; source: string }[];
  /** They stay paused, whatever changes. */
  paused: { name: string; by: string; at: string; reason: string | null }[];
  warnings: { name: string; message: string }[];
}

/** `queue` is the task's when the config names none. */
export function specOf(name: string, settings: ScheduleSettings, queue: string): ScheduleSpec {
  return {
    name,
    task: settings.task,
    queue,
    input: settings.input ?? {},
    options: settings.options ?? {},
    cron: settings.cron ?? null,
    everyMs: settings.every ?? null,
    tz: settings.tz ?? 'UTC',
    startsAt: settings.start?.toISOString() ?? null,
    endsAt: settings.end?.toISOString() ?? null,
    maxRuns: settings.maxRuns ?? null,
    jitterMs: settings.jitter ?? 0,
    overlap: settings.overlap,
    missed: settings.missed,
    missedWindowMs: settings.missedWindow,
    priority: settings.priority ?? null,
  };
}

export function specHash(spec: ScheduleSpec): string {
  return contentHash(spec);
}

export interface Difference {
  add: ScheduleSpec[];
  change: { spec: ScheduleSpec; before: ScheduleRecord }[];
  prune: ScheduleRecord[];
  unchanged: ScheduleRecord[];
  foreign: ScheduleRecord[];
}

export function compare(
  wanted: readonly ScheduleSpec[],
  applied: readonly ScheduleRecord[],
  owner: string,
): Difference {
  const before = new Map(applied.map((record) => [record.name, record]));
  const difference: Difference = { add: [], change: [], prune: [], unchanged: [], foreign: [] };
  for (const spec of wanted) {
    const record = before.get(spec.name);
    before.delete(spec.name);
    if (record === undefined) difference.add.push(spec);
    else if (record.specHash === specHash(spec) && record.owner === owner) difference.unchanged.push(record);
    else difference.change.push({ spec, before: record });
  }
  for (const record of before.values()) {
    (record.owner === owner ? difference.prune : difference.foreign).push(record);
  }
  return difference;
}

export function changedFields(
  before: ScheduleSpec,
  after: ScheduleSpec,
): { field: string; from: unknown; to: unknown }[] {
  return (Object.keys(after) as (keyof ScheduleSpec)[])
    .filter((field) => canonicalJson(before[field]) !== canonicalJson(after[field]))
    .map((field) => ({
      field,
      from: hideSecrets(before[field], field),
      to: hideSecrets(after[field], field),
    }));
}

const TIMING_FIELDS = ['cron', 'everyMs', 'tz', 'startsAt', 'endsAt'] as const;

/** A schedule that keeps its times keeps its place among them; so a late one is not forgotten by an apply. */
export function keepsItsTimes(before: ScheduleRecord, after: ScheduleSpec): boolean {
  return before.nextAt !== null && TIMING_FIELDS.every((field) => before[field] === after[field]);
}

/** What the ledger has of a schedule, as the arithmetic of times takes it; ids of its jobs. */
import type { Timing } from '../core/schedule-times.js';
import type { ScheduleSpec } from '../ledger/schedules.js';

export function timingOf({
  cron,
  everyMs,
  tz,
  startsAt,
  endsAt,
}: Pick<ScheduleSpec, 'cron' | 'everyMs' | 'tz' | 'startsAt' | 'endsAt'>): Timing {
  return {
    cron: cron ?? undefined,
    everyMs: everyMs ?? undefined,
    tz,
    startsAtMs: startsAt === null ? undefined : Date.parse(startsAt),
    endsAtMs: endsAt === null ? undefined : Date.parse(endsAt),
  };
}

/**
 * `nightly@20261121T020000Z`: the same for the same time, whoever adds it. The basic form of ISO 8601, because the queue
 * reads what follows the last colon of a key as the job's id. By hand: `nightly@now-20261121T101112.345Z`.
 */
export function scheduledJobId(name: string, atMs: number, kind: 'nominal' | 'by-hand' = 'nominal'): string {
  const basic = new Date(atMs).toISOString().replaceAll(/[-:]/g, '').replace('.000Z', 'Z');
  return `${name}@${kind === 'by-hand' ? 'now-' : ''}${basic}`;
}

export function iso(atMs: number | undefined): string | null {
  return atMs === undefined ? null : new Date(atMs).toISOString();
}

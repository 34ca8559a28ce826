/** A schedule for people: as it is applied, or as the config has it, and how the two compare. */
import type { ScheduleRecord, ScheduleSpec } from '../ledger/schedules.js';

export interface ScheduleFacts extends ScheduleSpec {
  /** `not-applied`: only in the config. `ended`: no time comes any more. */
  state: 'active' | 'paused' | 'ended' | 'not-applied';
  /** How the config compares: `changed` and `absent` want an apply; `foreign`: applied by another config. */
  config: 'same' | 'changed' | 'absent' | 'foreign';
  pausedAt: string | null;
  pausedBy: string | null;
  pauseReason: string | null;
  nextAt: string | null;
  lastAt: string | null;
  lastJob: string | null;
  lastLagMs: number | null;
  runs: number;
}

type Compared = ScheduleFacts['config'];

export function factsOf(record: ScheduleRecord, config: Compared): ScheduleFacts {
  const { owner: _owner, source: _source, specHash: _hash, ...facts } = record;
  return { ...facts, state: stateOf(record), config };
}

export function stateOf({ pausedAt, nextAt }: ScheduleRecord): 'active' | 'paused' | 'ended' {
  if (pausedAt !== null) return 'paused';
  return nextAt === null ? 'ended' : 'active';
}

export function factsOfNew(spec: ScheduleSpec): ScheduleFacts {
  const nothing = {
    pausedAt: null,
    pausedBy: null,
    pauseReason: null,
    nextAt: null,
    lastAt: null,
    lastJob: null,
  };
  return { ...spec, state: 'not-applied', config: 'changed', ...nothing, lastLagMs: null, runs: 0 };
}

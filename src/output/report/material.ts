/** What the report says of the rows, gathered in one pass; bounded, however many there are. */
import { normalisedMessage } from '../../core/fingerprint.js';
import type { LedgerRow, RowState } from '../../core/row.js';
import { shorten } from '../../core/text.js';
import { type Blame, blamesOf } from '../blame.js';
import type { OutputRequest } from '../output-request.js';
import { type LonLat, rowCorners, rowPoint, waterPoint } from '../row-point.js';
import { isBad } from '../survey.js';
import { EvenSample } from './sample.js';
import { Spread } from './spread.js';

export const MAX_POINTS = 5000;
export const MAX_LISTED = 200;
const MAX_REASONS = 60;
const SAMPLES_PER_REASON = 4;
const SLOWEST = 5;

export interface MapPoint extends LonLat {
  /** What the row covers, by two corners. */
  corners: readonly LonLat[];
  row: number;
  state: RowState;
  water: LonLat | null;
  text: string;
}

export interface ReasonGroup {
  reason: string;
  code: string;
  count: number;
  samples: { row: number; cell: string | undefined; value: string }[];
}

export interface ListedFailure extends Blame {
  row: number;
  state: RowState;
}

export interface RowTime {
  row: number;
  durationMs: number;
}

export class ReportMaterial {
  readonly #request: Pick<OutputRequest, 'batch' | 'chart'>;
  readonly #goodPoints = new EvenSample<MapPoint>(MAX_POINTS);
  readonly #badPoints = new EvenSample<MapPoint>(MAX_POINTS);
  readonly #reasons = new Map<string, ReasonGroup>();
  readonly failures: ListedFailure[] = [];
  /** Numbers of the chart's column. */
  readonly chart = new Spread(-6);
  readonly durationsMs = new Spread(0);
  /** Longest first. */
  readonly slowest: RowTime[] = [];
  /** Failed and invalid rows whose reason is in none of the groups. */
  otherReasons = 0;
  badRows = 0;
  attempts = 0;

  constructor(request: Pick<OutputRequest, 'batch' | 'chart'>) {
    this.#request = request;
  }

  add(row: LedgerRow): void {
    this.#addPoint(row);
    this.#addTime(row);
    this.attempts += row.attempts;
    const column = this.#request.chart?.column;
    if (column !== undefined && row.result !== null && Object.hasOwn(row.result, column))
      this.chart.add(row.result[column]);
    if (isBad(row)) this.#addFailure(row);
  }

  /** Most frequent first. */
  get reasons(): ReasonGroup[] {
    return [...this.#reasons.values()].sort((a, b) => b.count - a.count);
  }

  get pointsSeen(): number {
    return this.#goodPoints.seen + this.#badPoints.seen;
  }

  /** Those to draw last, which lie on top, come last: failures. At most {@link MAX_POINTS}. */
  points(): MapPoint[] {
    const bad = this.#badPoints.take(Math.max(MAX_POINTS / 2, MAX_POINTS - this.#goodPoints.seen));
    return [...this.#goodPoints.take(MAX_POINTS - bad.length), ...bad];
  }

  #addPoint(row: LedgerRow): void {
    const point = rowPoint(row);
    if (point === null) return;
    (isBad(row) ? this.#badPoints : this.#goodPoints).add(() => ({
      ...point,
      corners: rowCorners(row) ?? [point],
      row: row.number,
      state: row.state,
      water: waterPoint(row),
      text: shorten(row.reason ?? '', 120),
    }));
  }

  #addTime(row: LedgerRow): void {
    if (row.startedAt === null || row.endedAt === null) return;
    const durationMs = Date.parse(row.endedAt) - Date.parse(row.startedAt);
    if (!(durationMs >= 0)) return;
    this.durationsMs.add(durationMs);
    if (this.slowest.length === SLOWEST && durationMs <= (this.slowest.at(-1)?.durationMs ?? 0)) return;
    this.slowest.push({ row: row.number, durationMs });
    this.slowest.sort((a, b) => b.durationMs - a.durationMs);
    this.slowest.length = Math.min(this.slowest.length, SLOWEST);
  }

  #addFailure(row: LedgerRow): void {
    this.badRows += 1;
    const blames = blamesOf(row, this.#request.batch.source);
    for (const blame of blames) {
      if (this.failures.length < MAX_LISTED)
        this.failures.push({ ...blame, row: row.number, state: row.state });
    }
    const [first] = blames;
    if (first !== undefined) this.#addReason(row.number, first);
  }

  #addReason(row: number, { code, message, cell, value }: Blame): void {
    const key = `${code}\n${normalisedMessage(message)}`;
    let group = this.#reasons.get(key);
    if (group === undefined) {
      if (this.#reasons.size >= MAX_REASONS) {
        this.otherReasons += 1;
        return;
      }
      group = { reason: message, code, count: 0, samples: [] };
      this.#reasons.set(key, group);
    }
    group.count += 1;
    if (group.samples.length < SAMPLES_PER_REASON) group.samples.push({ row, cell, value });
  }
}

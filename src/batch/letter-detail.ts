/** Everything that is known of one dead letter. */
import { cellKeys } from '../core/cell-keys.js';
import type { CellValue } from '../core/row.js';
import { type AttemptRecord, listAttempts } from '../ledger/attempts.js';
import type { AuditEntry } from '../ledger/audit.js';
import { type BatchRecord, findBatch } from '../ledger/batches.js';
import {
  auditOfLetter,
  findLetter,
  type LetterChange,
  type LetterLine,
  type LetterReason,
  type LetterReplay,
  type LetterState,
  type WholeLetter,
} from '../ledger/dead-letters.js';
import { listJobAttempts } from '../ledger/job-attempts.js';
import { readJobLog } from '../ledger/job-log.js';
import { findRow } from '../ledger/one-row.js';
import { noLetter } from './letter-selection.js';
import type { BatchParts } from './parts.js';

export interface LetterDetail extends LetterLine {
  kind: 'row' | 'job';
  reason: LetterReason;
  state: LetterState;
  replays: number;
  replayedAt: string | null;
  field: string | null;
  hint: string | null;
  requestId: string | null;
  input: Record<string, unknown>;
  options: Record<string, unknown>;
  /** Where the row came from; null for a job of no batch. */
  source: {
    path: string;
    batchState: string;
    rowState: string;
    /** Header and value of the cell to blame; null when none is known. */
    header: string | null;
    value: CellValue;
    cells: Record<string, CellValue>;
  } | null;
  tries: LetterTry[];
  changes: LetterChange[];
  history: LetterReplay[];
  audit: AuditEntry[];
  logs: { at: string; level: string; message: string }[];
  /** Commands that may be typed next. */
  next: string[];
}

/** One attempt, with its error's top frames. */
export interface LetterTry {
  number: number;
  outcome: string | null;
  worker: string;
  startedAt: string | null;
  endedAt: string | null;
  code: string | null;
  message: string | null;
  frames: string[];
}

const SHOWN_LINES = 50;

/** @throws {NotFoundError} */
export async function letterDetail({ db }: Pick<BatchParts, 'db'>, id: string): Promise<LetterDetail> {
  const letter = await findLetter(db, id);
  if (letter === undefined) throw await noLetter(db, id);
  const batch = letter.batch === null ? undefined : await findBatch(db, letter.batch);
  const isRow = letter.batch !== null && letter.row !== null;
  const attempts = isRow
    ? await listAttempts(db, letter.batch!, letter.row!)
    : await listJobAttempts(db, letter.job);
  const {
    error,
    payload,
    rowId: _,
    input,
    kind,
    reason,
    state,
    replays,
    replayedAt,
    changes,
    history,
    ...line
  } = letter;
  return {
    ...line,
    kind,
    reason,
    state,
    replays,
    replayedAt,
    field: error.field ?? null,
    hint: error.hint ?? null,
    requestId: typeof payload.requestId === 'string' ? payload.requestId : null,
    input,
    options: batch?.options ?? (payload.options as Record<string, unknown> | undefined) ?? {},
    source: batch === undefined ? null : await sourceOf(db, letter, batch),
    tries: attempts.map(toTry),
    changes,
    history,
    audit: await auditOfLetter(db, id),
    logs: (await readJobLog(db, letter.job))
      .slice(-SHOWN_LINES)
      .map(({ at, level, message }) => ({ at, level, message })),
    next: nextCommands(letter),
  };
}

async function sourceOf(
  db: BatchParts['db'],
  letter: WholeLetter,
  batch: BatchRecord,
): Promise<LetterDetail['source']> {
  const row = await findRow(db, batch.id, letter.row!);
  const cells = row?.cells ?? {};
  const index = batch.source.columns.findIndex(
    ({ field }) => field !== undefined && field === letter.error.field,
  );
  const key = index === -1 ? undefined : cellKeys(batch.source.columns)[index];
  return {
    path: batch.source.path,
    batchState: batch.state,
    rowState: row?.state ?? 'unknown',
    header: batch.source.columns[index]?.header ?? null,
    value: key !== undefined && Object.hasOwn(cells, key) ? (cells[key] ?? null) : null,
    cells,
  };
}

function toTry({ number, outcome, worker, startedAt, endedAt, error }: AttemptRecord): LetterTry {
  return {
    number,
    outcome,
    worker,
    startedAt,
    endedAt,
    code: error?.code ?? null,
    message: error?.message ?? null,
    frames: (error?.stack ?? '')
      .split('\n')
      .map((frame) => frame.trim())
      .filter((frame) => frame !== ''),
  };
}

function nextCommands({ id, state, batch, fingerprint, error, input }: WholeLetter): string[] {
  if (state === 'replaced') return [`jobs batch show ${batch}`];
  if (state === 'replayed') return [`jobs job show ${id}`, `jobs job why ${id}`];
  const field = error.field !== undefined && Object.hasOwn(input, error.field) ? error.field : undefined;
  return [
    `jobs dlq replay ${id}`,
    ...(field === undefined
      ? [`jobs dlq replay ${id} --edit`]
      : [`jobs dlq replay ${id} --patch ${field}=…`]),
    ...(fingerprint === '' ? [] : [`jobs dlq replay --group ${fingerprint} --dry-run`]),
    `jobs dlq export --out failed.xlsx${batch === null ? '' : ` --batch ${batch}`}`,
  ];
}

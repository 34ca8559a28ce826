/** Dead letters as people and programs read them. */

import type { LetterDetail } from '../batch/letter-detail.js';
import type { LettersExport } from '../batch/letter-export.js';
import type { ReplayReport } from '../batch/replay.js';
import type { RetryReport } from '../batch/retry-batch.js';
import { plural, shorten } from '../core/text.js';
import type { Letter, LetterGroup, LetterLine } from '../ledger/dead-letters.js';
import { colors } from './colors.js';
import { printable } from './printable.js';
import { table } from './table.js';

const SHOWN_MESSAGE = 70;
const SHOWN_REFUSED = 20;

/** A letter as `dlq list --json` has it. */
export function letterLine(letter: Letter): LetterLine {
  const {
    id,
    job,
    task,
    queue,
    batch,
    file,
    sheet,
    row,
    cell,
    attempts,
    failedAt,
    fingerprint,
    code,
    message,
  } = letter;
  return {
    id,
    job,
    task,
    queue,
    batch,
    file,
    sheet,
    row,
    cell,
    attempts,
    failedAt,
    fingerprint,
    code,
    message,
  };
}

export function renderLetters(letters: readonly LetterLine[], total: number): string {
  if (letters.length === 0) return 'No dead letters.';
  const text = table(letters, [
    { head: 'id', value: ({ id }) => id },
    { head: 'task', value: ({ task }) => task },
    { head: 'file', value: ({ file }) => file ?? '' },
    { head: 'cell', value: ({ cell, row }) => cell ?? (row === null ? '' : `row ${row}`) },
    { head: 'tries', value: ({ attempts }) => String(attempts), right: true },
    { head: 'failed at', value: ({ failedAt }) => failedAt.slice(0, 16).replace('T', ' ') },
    { head: 'error', value: ({ fingerprint }) => fingerprint },
    { head: 'why', value: ({ message }) => shorten(message, SHOWN_MESSAGE) },
  ]);
  const more = total - letters.length;
  return more > 0 ? `${text}\n… and ${more.toLocaleString('en-US')} more: --limit N, or --group error` : text;
}

export function renderGroups(groups: readonly LetterGroup[]): string {
  if (groups.length === 0) return 'No dead letters.';
  return table(groups, [
    { head: 'error', value: ({ fingerprint }) => fingerprint },
    { head: 'letters', value: ({ count }) => count.toLocaleString('en-US'), right: true },
    { head: 'tasks', value: ({ tasks }) => tasks.join(', ') },
    { head: 'last', value: ({ lastAt }) => lastAt.slice(0, 16).replace('T', ' ') },
    { head: 'code', value: ({ code }) => code },
    { head: 'newest message', value: ({ message }) => shorten(message, SHOWN_MESSAGE) },
  ]);
}

export function renderLetter(letter: LetterDetail): string {
  const parts = [renderFacts(letter), renderTries(letter)];
  if (letter.changes.length > 0)
    parts.push(
      section(
        'Changed by hand',
        letter.changes.map(
          ({ at, by, from, to }) => `${at}  ${by}  ${JSON.stringify(from)} → ${JSON.stringify(to)}`,
        ),
      ),
    );
  if (letter.history.length > 0)
    parts.push(
      section(
        'Replays',
        letter.history.map(
          ({ at, by, queue, message, changed }) =>
            `${at}  ${by}  to ${queue}${changed ? ', changed' : ''}, after: ${shorten(message, SHOWN_MESSAGE)}`,
        ),
      ),
    );
  if (letter.audit.length > 0)
    parts.push(
      section(
        'Done by operators',
        letter.audit.map(({ at, actor, action, count }) => `${at}  ${actor}  ${action} (${count})`),
      ),
    );
  if (letter.logs.length > 0)
    parts.push(
      section(
        'Log',
        letter.logs.map(({ at, level, message }) => `${at}  ${level.padEnd(5)}  ${message}`),
      ),
    );
  parts.push(section('Next', letter.next));
  return parts.join('\n\n');
}

function renderFacts(letter: LetterDetail): string {
  const { source } = letter;
  const place = [
    letter.file,
    letter.sheet === null ? null : `sheet ${letter.sheet}`,
    letter.row === null ? null : `row ${letter.row}`,
    letter.cell === null ? null : `cell ${letter.cell}`,
  ];
  const facts: [string, string][] = [
    ['why', `${letter.code}: ${letter.message}`],
    ...(letter.hint === null ? [] : [['hint', letter.hint] as [string, string]]),
    [
      'state',
      letter.replays === 0 ? letter.state : `${letter.state}, replayed ${plural(letter.replays, 'time')}`,
    ],
    ['ended by', letter.reason],
    ['task', `${letter.task}, queue ${letter.queue}`],
    ...(letter.batch === null
      ? []
      : [['batch', `${letter.batch} (${source?.batchState ?? 'gone'})`] as [string, string]]),
    ...(letter.file === null
      ? []
      : [['from', place.filter((part) => part !== null).join(', ')] as [string, string]]),
    ...(source?.header == null
      ? []
      : [['cell has', `${source.header} = ${JSON.stringify(source.value)}`] as [string, string]]),
    ['input', JSON.stringify(letter.input)],
    ...(Object.keys(letter.options).length === 0
      ? []
      : [['options', JSON.stringify(letter.options)] as [string, string]]),
    ['error', letter.fingerprint],
    ['failed at', letter.failedAt],
  ];
  return [
    colors.bold(letter.id),
    ...facts.map(([name, value]) => `  ${name.padEnd(10)}${printable(value)}`),
  ].join('\n');
}

function renderTries({ tries }: LetterDetail): string {
  if (tries.length === 0) return section('Attempts', ['none was recorded']);
  return section(
    'Attempts',
    tries.flatMap(({ number, outcome, worker, startedAt, endedAt, code, message, frames }) => [
      `${String(number).padStart(3)}  ${(outcome ?? 'running').padEnd(10)} ${endedAt ?? startedAt ?? ''}  ${worker}  ${code === null ? '' : `${code}: ${message ?? ''}`}`.trimEnd(),
      ...frames.map((frame) => `       ${frame}`),
    ]),
  );
}

function section(title: string, lines: readonly string[]): string {
  return [colors.bold(title), ...lines.map((line) => `  ${printable(line)}`)].join('\n');
}

export function renderReplay(report: ReplayReport): string {
  if (report.selected === 0 && report.refused.length === 0)
    return 'No dead letters are meant; nothing was replayed.';
  const lines = [
    report.dryRun
      ? `${plural(report.notReplayed, 'dead letter')} would be replayed${report.changed > 0 ? `, ${report.changed} of them changed` : ''}`
      : `${plural(report.replayed, 'dead letter')} replayed${report.changed > 0 ? `, ${report.changed} of them changed` : ''}`,
  ];
  for (const { id, reason } of report.refused.slice(0, SHOWN_REFUSED))
    lines.push(`  ${printable(id)}: ${reason}`);
  if (report.refused.length > SHOWN_REFUSED)
    lines.push(`  … and ${report.refused.length - SHOWN_REFUSED} more that could not be`);
  if (report.stopped !== null)
    lines.push(
      `Stopped: ${report.stopped.message}. ${plural(report.notReplayed, 'dead letter')} not replayed.`,
    );
  return lines.join('\n');
}

export function renderExport({ file, letters, sheets }: LettersExport): string {
  if (file === null) return 'No dead letters are meant; nothing was written.';
  const lines = [`${plural(letters, 'dead letter')} in ${file.path}`];
  if (sheets.length > 0) {
    lines.push('Correct the cells with a note, then:');
    lines.push(...sheets.map(({ run }) => `  ${printable(run)}`));
  }
  return lines.join('\n');
}

export function renderRetry({ batch, failed, cancelled, dryRun }: RetryReport): string {
  if (failed + cancelled === 0) return `${batch} has no row that could run again`;
  const rows = [
    failed > 0 ? `${plural(failed, 'failed row')}` : '',
    cancelled > 0 ? `${plural(cancelled, 'cancelled row')}` : '',
  ].filter((part) => part !== '');
  return `${rows.join(' and ')} of ${batch} ${dryRun ? 'would run again' : 'run again'}`;
}

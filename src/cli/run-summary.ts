/** What `run` says at the end: counts, why rows failed, where the outputs are. */
import { relative } from 'node:path';
import { formatDuration } from '../core/duration.js';
import { plural, shorten } from '../core/text.js';
import type { OutputFile } from '../output/output-request.js';
import { clip } from './clip.js';
import { colors } from './colors.js';
import { printable } from './printable.js';
import type { RunResult } from './run-batch.js';
import { table } from './table.js';

const STATES = ['completed', 'failed', 'invalid', 'skipped', 'cancelled', 'pending'] as const;
const SHOWN_FAILURES = 10;
const LONGEST_REASON = 200;
const INDENT = '  ';

const MEANING: Record<(typeof STATES)[number], string> = {
  completed: 'done, results recorded',
  failed: 'could not succeed',
  invalid: 'a cell cannot be used; never run',
  skipped: 'completed before with the same content',
  cancelled: 'not run',
  pending: 'not run yet',
};

export function renderSummary(result: RunResult): string {
  const { counts } = result;
  const states = STATES.filter((state) => (counts[state] ?? 0) > 0);
  const lines = [
    `${colors.bold(result.task)} on ${printable(result.source.file)}: ${plural(counts.total, 'row')} in ${formatDuration(result.elapsedMs)}  ${colors.dim(result.batch)}`,
  ];
  if (states.length > 0) lines.push('', indent(renderStates(states, counts)));
  if (result.failures.length > 0) lines.push('', indent(renderFailures(result)));
  if (result.outputs.length > 0) lines.push('', indent(renderOutputs(result.outputs)));
  return lines.join('\n');
}

function renderStates(states: readonly (keyof typeof MEANING)[], counts: RunResult['counts']): string {
  return table(states, [
    { head: 'rows', value: (state) => (counts[state] ?? 0).toLocaleString('en-US'), right: true },
    { head: 'state', value: (state) => state },
    { head: '', value: (state) => MEANING[state] },
  ]);
}

function renderFailures({ failures, batch }: RunResult): string {
  const shown = failures.slice(0, SHOWN_FAILURES);
  const text = table(shown, [
    { head: 'row', value: ({ row }) => String(row), right: true },
    { head: 'cell', value: ({ cell }) => cell ?? '' },
    { head: 'why', value: ({ message }) => shorten(message, LONGEST_REASON) },
  ]);
  const lines = text.split('\n').map((line) => clip(line, columnsOnScreen() - INDENT.length - 1));
  const more = failures.length - shown.length;
  return more > 0
    ? `${lines.join('\n')}\n… and more: jobs batch log ${batch} --state failed`
    : lines.join('\n');
}

/** A reason is cut where the screen ends; in a pipe or a file it is not. */
function columnsOnScreen(): number {
  return process.stdout.isTTY === true ? (process.stdout.columns ?? 80) : Number.POSITIVE_INFINITY;
}

/** Kind, path and size of files that were written. */
export function renderOutputs(outputs: readonly OutputFile[]): string {
  return table(outputs, [
    { head: 'output', value: ({ kind }) => kind },
    { head: 'file', value: ({ path }) => shortPath(path) },
    { head: 'size', value: ({ bytes }) => formatBytes(bytes), right: true },
  ]);
}

function shortPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') || fromHere === '' ? path : fromHere;
}

function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, INDENT);
}

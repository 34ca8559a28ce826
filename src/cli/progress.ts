/** How a batch goes, on stderr: one live block on a terminal, a line each 10 % elsewhere, nothing when quiet. */

import type { BatchProgress } from '../batch/watch.js';
import { formatDuration } from '../core/duration.js';
import type { Counts } from '../core/tally.js';
import { clip } from './clip.js';
import { colors } from './colors.js';
import { openLiveBlock } from './live-block.js';
import { printable } from './printable.js';

export interface ProgressView {
  update(progress: BatchProgress): void;
  /** Leaves the last state on the screen. May be called twice. */
  end(): void;
}

export function progressView({
  quiet,
  stream,
}: {
  quiet: boolean;
  stream: NodeJS.WriteStream;
}): ProgressView {
  if (quiet) return { update: () => {}, end: () => {} };
  return stream.isTTY === true ? liveBlock(stream) : lines(stream);
}

const BAR_WIDTH = 28;
const SHORTEST_BAR = 8;

function liveBlock(stream: NodeJS.WriteStream): ProgressView {
  const block = openLiveBlock(stream);
  return {
    update: (progress) => block.draw(renderBlock(progress, stream.columns ?? 80)),
    end: () => block.end(),
  };
}

/** The block as text; no line is as wide as the terminal, so that none wraps. */
function renderBlock(
  { counts, ratePerSecond, remainingMs, latestFailures }: BatchProgress,
  columns: number,
): string {
  const width = columns - 1;
  const share = counts.total === 0 ? 0 : 1 - (counts.pending ?? 0) / counts.total;
  const left =
    remainingMs === undefined || counts.pending === undefined ? '' : ` · ${formatLeft(remainingMs)}`;
  const rate = ratePerSecond > 0 ? ` · ${formatRate(ratePerSecond)}` : '';
  const percent = String(Math.floor(share * 100)).padStart(3);
  const facts = clip(` ${percent} % of ${counts.total.toLocaleString('en-US')}${rate}${left}`, width);
  const failures = [...latestFailures]
    .reverse()
    .map((row) => colors.dim(clip(`  row ${row.number}: ${printable(row.reason ?? row.state)}`, width)));
  return [
    renderBar(share, Math.min(BAR_WIDTH, width - facts.length)) + facts,
    stateLine(counts, width),
    ...failures,
  ].join('\n');
}

/** Nothing where there is no room for a bar that tells something. */
function renderBar(share: number, width: number): string {
  if (width < SHORTEST_BAR) return '';
  const filled = Math.round(share * width);
  return colors.green('█'.repeat(filled)) + colors.dim('░'.repeat(width - filled));
}

function formatLeft(remainingMs: number): string {
  const seconds = Math.ceil(remainingMs / 1000);
  return `${seconds < 60 ? `${seconds} s` : formatDuration(remainingMs)} left`;
}

function lines(stream: NodeJS.WriteStream): ProgressView {
  let told = -1;
  return {
    update({ counts, ratePerSecond, remainingMs, batch }) {
      if (counts.total === 0 || batch.state === 'submitting') return;
      const tenth = Math.floor((1 - (counts.pending ?? 0) / counts.total) * 10);
      if (tenth <= told) return;
      told = tenth;
      const left =
        remainingMs !== undefined && counts.pending !== undefined ? `, ${formatLeft(remainingMs)}` : '';
      const rate = ratePerSecond > 0 ? `, ${formatRate(ratePerSecond)}` : '';
      stream.write(`${tenth * 10} % of ${counts.total} rows: ${plainStates(counts)}${rate}${left}\n`);
    },
    end() {},
  };
}

function stateLine(counts: Counts, width: number): string {
  const shown = (state: 'failed' | 'invalid' | 'skipped' | 'cancelled'): string[] =>
    counts[state] > 0 ? [`${counts[state]} ${state}`] : [];
  const parts: [text: string[], colour: (text: string) => string][] = [
    [[`${counts.completed} completed`], colors.green],
    [shown('failed'), colors.red],
    [shown('invalid'), colors.yellow],
    [shown('skipped'), colors.cyan],
    [shown('cancelled'), colors.magenta],
    [counts.pending === undefined ? [] : [`${counts.pending} to go`], colors.dim],
  ];
  const plain = parts.flatMap(([text]) => text).join(' · ');
  if (plain.length > width) return clip(plain, width);
  return parts.flatMap(([text, colour]) => text.map(colour)).join(' · ');
}

function plainStates(counts: Counts): string {
  const states = ['completed', 'failed', 'invalid', 'skipped', 'cancelled'] as const;
  return states
    .filter((state) => state === 'completed' || counts[state] > 0)
    .map((state) => `${counts[state]} ${state}`)
    .join(', ');
}

function formatRate(perSecond: number): string {
  return perSecond >= 10 ? `${Math.round(perSecond)} rows/s` : `${perSecond.toFixed(1)} rows/s`;
}

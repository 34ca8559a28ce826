/** How a batch goes, on stderr: one live block on a terminal, a line each 10 % elsewhere, nothing when quiet. */
import { logUpdateStderr } from 'log-update';
import pc from 'picocolors';
import type { BatchProgress } from '../batch/watch.js';
import { formatDuration } from '../core/duration.js';
import type { Counts } from '../core/tally.js';
import { printable } from './table.js';

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
  return stream.isTTY === true ? liveBlock() : lines(stream);
}

const BAR_WIDTH = 28;

function liveBlock(): ProgressView {
  let last = '';
  return {
    update(progress) {
      const block = renderBlock(progress, process.stderr.columns ?? 80);
      if (block !== last) logUpdateStderr(block);
      last = block;
    },
    end() {
      logUpdateStderr.done();
      if (last !== '') process.stderr.write('\n');
      last = '';
    },
  };
}

/** The block as text, for a terminal `width` columns wide. */
export function renderBlock(
  { counts, ratePerSecond, remainingMs, latestFailures }: BatchProgress,
  width: number,
): string {
  const share = counts.total === 0 ? 0 : 1 - (counts.pending ?? 0) / counts.total;
  const filled = Math.round(share * BAR_WIDTH);
  const bar = pc.green('█'.repeat(filled)) + pc.dim('░'.repeat(BAR_WIDTH - filled));
  const left =
    remainingMs === undefined || counts.pending === undefined ? '' : ` · ${formatDuration(remainingMs)} left`;
  const rate = ratePerSecond > 0 ? ` · ${formatRate(ratePerSecond)}` : '';
  const head = `${bar} ${String(Math.floor(share * 100)).padStart(3)} % of ${counts.total.toLocaleString('en-US')}${rate}${left}`;
  const failures = [...latestFailures]
    .reverse()
    .map((row) => pc.dim(clip(`  row ${row.number}: ${printable(row.reason ?? row.state)}`, width)));
  return [head, stateLine(counts), ...failures].join('\n');
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
        remainingMs !== undefined && counts.pending !== undefined
          ? `, ${formatDuration(remainingMs)} left`
          : '';
      const rate = ratePerSecond > 0 ? `, ${formatRate(ratePerSecond)}` : '';
      stream.write(`${tenth * 10} % of ${counts.total} rows: ${plainStates(counts)}${rate}${left}\n`);
    },
    end() {},
  };
}

function stateLine(counts: Counts): string {
  const parts = [pc.green(`${counts.completed} completed`)];
  if (counts.failed > 0) parts.push(pc.red(`${counts.failed} failed`));
  if (counts.invalid > 0) parts.push(pc.yellow(`${counts.invalid} invalid`));
  if (counts.skipped > 0) parts.push(pc.cyan(`${counts.skipped} skipped`));
  if (counts.cancelled > 0) parts.push(pc.magenta(`${counts.cancelled} cancelled`));
  if (counts.pending !== undefined) parts.push(pc.dim(`${counts.pending} to go`));
  return parts.join(' · ');
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

function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(width - 1, 1))}…`;
}

/** Replays dead letters: asks where it should, says how it goes, and stops cleanly. */
import type { Edits, Patch } from '../batch/changed-input.js';
import type { LetterSelection } from '../batch/letter-selection.js';
import { requireSelection } from '../batch/replay.js';
import { parseRate } from '../core/rate.js';
import { plural } from '../core/text.js';
import type { Toolkit } from '../toolkit.js';
import { confirm } from './confirm.js';
import { type LetterFlags, toSelection } from './dlq-flags.js';
import { renderReplay } from './dlq-view.js';
import { editLetters } from './edit-letters.js';
import { EXIT } from './exit-code.js';
import { readIds } from './job-ids.js';
import { parseKeyValues } from './key-values.js';
import { listenForStop } from './stop-signal.js';

export interface ReplayFlags extends LetterFlags {
  all: boolean;
  patch: string[];
  edit: boolean;
  queue?: string | undefined;
  rate?: string | undefined;
  'dry-run': boolean;
  yes: boolean;
  json: boolean;
  quiet: boolean;
}

/** Returns the exit code: 5 when some of what was asked for could not be replayed. */
export async function replayView(
  { deadLetters }: Toolkit,
  words: readonly string[],
  flags: ReplayFlags,
): Promise<number> {
  const rate = flags.rate === undefined ? undefined : parseRate(flags.rate);
  const patch = parseKeyValues(flags.patch);
  const ids = words.length === 0 ? undefined : await readIds(words);
  let selection: LetterSelection = toSelection(flags, ids);
  requireSelection(selection, flags);
  let changes: Patch | Edits | undefined =
    flags.patch.length === 0 ? undefined : { kind: 'patch', values: patch };
  if (flags.edit) {
    const edited = await editSelected(deadLetters, selection);
    changes = edited;
    selection = { ids: [...edited.inputs.keys()] };
  } else if (ids === undefined && !flags['dry-run'] && !flags.yes) {
    const count = await deadLetters.count(selection);
    if (count > 0) await confirm(`Replay ${plural(count, 'dead letter')}?`, flags);
  }
  const say = (message: string): void => {
    if (!flags.quiet) process.stderr.write(`${message}\n`);
  };
  let hasBegun = false;
  const stop = listenForStop(() => say('Stopping: what is not replayed yet stays as it is.'));
  try {
    const report = await deadLetters.replay(selection, {
      queue: flags.queue,
      rate,
      changes,
      dryRun: flags['dry-run'],
      signal: stop.signal,
      onProgress: (replayed, selected) => {
        if (rate !== undefined && !hasBegun)
          say(
            `Replaying ${plural(selected, 'dead letter')}, ${flags.rate}. Ctrl-C leaves the rest as it is.`,
          );
        hasBegun ||= replayed > 0;
      },
      onNote: (message) => say(`Note: ${message}`),
    });
    process.stdout.write(`${flags.json ? JSON.stringify(report, null, 2) : renderReplay(report)}\n`);
    if (report.stopped?.reason === 'interrupted') return EXIT.interrupted;
    return report.refused.length > 0 || report.stopped !== null ? EXIT.someFailed : EXIT.done;
  } finally {
    stop.release();
  }
}

async function editSelected(deadLetters: Toolkit['deadLetters'], selection: LetterSelection): Promise<Edits> {
  await deadLetters.count(selection);
  const letters = [];
  for await (const page of deadLetters.select(selection)) letters.push(...page);
  return editLetters(letters);
}

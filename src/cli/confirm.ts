/** Asks before something that cannot be undone. */
import { createInterface } from 'node:readline/promises';
import { UsageError } from '../core/error.js';

/** Returns when the answer is yes, or `--yes` was given. @throws {UsageError} otherwise, and off a terminal */
export async function confirm(question: string, { yes }: { yes: boolean }): Promise<void> {
  if (yes) return;
  if (process.stdin.isTTY !== true) {
    throw new UsageError(`${question} There is no terminal to ask on`, {
      code: 'CONFIRMATION_NEEDED',
      hint: 'add --yes, or look first with --dry-run',
    });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `).finally(() => terminal.close());
  if (!/^y(es)?$/i.test(answer.trim()))
    throw new UsageError('Not confirmed; nothing was changed', { code: 'NOT_CONFIRMED' });
}

/** Asks before something that cannot be undone. */
import { createInterface } from 'node:readline/promises';
import { UsageError } from '../core/error.js';

/**
 * Returns when `count` itself was typed, or `--yes` was given: for what takes many things away at once.
 * @throws {UsageError} otherwise, and off a terminal
 */
export async function confirmCount(
  question: string,
  count: number,
  { yes }: { yes: boolean },
): Promise<void> {
  if (yes) return;
  const answer = await ask(question, `Type ${count} to go on:`);
  if (answer.replaceAll(',', '') !== String(count)) throw notConfirmed();
}

/** Returns when the answer is yes, or `--yes` was given. @throws {UsageError} otherwise, and off a terminal */
export async function confirm(question: string, { yes }: { yes: boolean }): Promise<void> {
  if (yes) return;
  if (!/^y(es)?$/i.test(await ask(question, '[y/N]'))) throw notConfirmed();
}

async function ask(question: string, how: string): Promise<string> {
  if (process.stdin.isTTY !== true) {
    throw new UsageError(`${question} There is no terminal to ask on`, {
      code: 'CONFIRMATION_NEEDED',
      hint: 'add --yes, or look first with --dry-run',
    });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  return (await terminal.question(`${question} ${how} `).finally(() => terminal.close())).trim();
}

function notConfirmed(): UsageError {
  return new UsageError('Not confirmed; nothing was changed', { code: 'NOT_CONFIRMED' });
}

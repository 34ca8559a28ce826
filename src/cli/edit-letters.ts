/** The inputs of dead letters in the user's editor. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Edits } from '../batch/changed-input.js';
import { InputError, UsageError } from '../core/error.js';
import type { Letter } from '../ledger/dead-letters.js';

const MOST_EDITED = 200;

/**
 * Opens `$VISUAL` or `$EDITOR` on one JSON object, `{id: input}`. Letters that are taken out of it are not replayed: their
 * ids are not among the edits.
 * @throws {UsageError} when there is no editor, when it fails, or when there are too many letters
 * @throws {InputError} EDIT_INVALID when what was saved cannot be used; the file is kept and named
 */
export async function editLetters(letters: readonly Letter[]): Promise<Edits> {
  const editor = process.env.VISUAL || process.env.EDITOR || '';
  if (editor.trim() === '') {
    throw new UsageError('There is no editor to edit with', {
      code: 'EDITOR_MISSING',
      hint: 'set EDITOR, such as EDITOR=nano, or use --patch name=value',
    });
  }
  if (letters.length > MOST_EDITED) {
    throw new UsageError(
      `${letters.length} dead letters are too many to edit at once; at most ${MOST_EDITED}`,
      {
        code: 'EDIT_TOO_MANY',
        hint: 'correct them in a workbook: jobs dlq export --out FILE.xlsx',
      },
    );
  }
  // A folder of its own is for this user only: inputs may be private.
  const folder = await mkdtemp(join(tmpdir(), 'jobs-dlq-'));
  const file = join(folder, 'inputs.json');
  const inputs = Object.fromEntries(letters.map(({ id, input }) => [id, input]));
  await writeFile(file, `${JSON.stringify(inputs, null, 2)}\n`, { mode: 0o600 });
  await runEditor(editor, file);
  const edits = parseEdits(await readFile(file, 'utf8'), new Set(letters.map(({ id }) => id)), file);
  await rm(folder, { recursive: true, force: true });
  return { kind: 'edits', inputs: edits };
}

/** `$EDITOR` may hold arguments, as with git: the shell takes it apart, the file is an argument of its own. */
async function runEditor(editor: string, file: string): Promise<void> {
  const child = spawn('sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return;
  throw new UsageError(`The editor (${editor}) ended with ${code ?? 'a signal'}; nothing was replayed`, {
    code: 'EDITOR_FAILED',
    details: { file },
  });
}

function parseEdits(
  text: string,
  known: ReadonlySet<string>,
  file: string,
): Map<string, Record<string, unknown>> {
  const refuse = (what: string) =>
    new InputError(`${file} cannot be used: ${what}; nothing was replayed`, {
      code: 'EDIT_INVALID',
      hint: 'expected {"ID": {input}, …} with ids as they were; the file is kept, so that nothing is lost',
      details: { file },
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse((error as Error).message);
  }
  if (!isObject(value)) throw refuse('it is not one JSON object');
  for (const [id, input] of Object.entries(value)) {
    if (!known.has(id)) throw refuse(`there was no ${id}`);
    if (!isObject(input)) throw refuse(`the input of ${id} is not a JSON object`);
  }
  return new Map(Object.entries(value as Record<string, Record<string, unknown>>));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

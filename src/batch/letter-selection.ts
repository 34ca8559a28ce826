/** Which dead letters are meant: by id, by what the ledger can ask (task, batch, error, age), and by `--where`. */
import { NotFoundError } from '../core/error.js';
import { nearestName } from '../core/nearest-name.js';
import type { CellValue, Column } from '../core/row.js';
import type { Database } from '../database/database.js';
import { parseWhere } from '../intake/where-expression.js';
import {
  countLetters,
  inputFields,
  isKnownGroup,
  type Letter,
  type LetterFilter,
  letterStates,
  lettersLike,
  readLetters,
} from '../ledger/dead-letters.js';

export interface LetterSelection extends LetterFilter {
  /** See where-expression.ts; over the letter's own facts and the fields of its input. */
  where?: string | undefined;
  limit?: number | undefined;
}

/** What `where` calls the facts of a letter; an input field of the same name is written `[input.name]`. */
const FACTS = [
  'id',
  'task',
  'queue',
  'batch',
  'file',
  'sheet',
  'row',
  'cell',
  'attempts',
  'code',
  'message',
  'reason',
  'fingerprint',
] as const satisfies readonly (keyof Letter)[];

/** Selected open letters, the newest first, in pages that are never empty. @throws {UsageError} when `where` cannot be read */
export async function* selectLetters(db: Database, selection: LetterSelection): AsyncGenerator<Letter[]> {
  const { where, limit = Number.POSITIVE_INFINITY, ...filter } = selection;
  if (where === undefined) {
    yield* readLetters(db, filter, limit);
    return;
  }
  const fields = await inputFields(db, filter);
  const test = parseWhere(where, columnsOf(fields));
  let left = limit;
  for await (const page of readLetters(db, filter)) {
    const passing = page.filter((letter) => test(cellsOf(letter, fields))).slice(0, left);
    left -= passing.length;
    if (passing.length > 0) yield passing;
    if (left <= 0) return;
  }
}

export async function countSelected(db: Database, selection: LetterSelection): Promise<number> {
  const { where, limit = Number.POSITIVE_INFINITY, ...filter } = selection;
  if (where === undefined) return Math.min(await countLetters(db, filter), limit);
  let count = 0;
  for await (const page of selectLetters(db, selection)) count += page.length;
  return count;
}

/** @throws {NotFoundError} naming the first of `ids` that no letter has, in whatever state, and the nearest that one has */
export async function requireLetters(db: Database, ids: readonly string[]): Promise<void> {
  const known = await letterStates(db, ids);
  const unknown = ids.find((id) => !known.has(id));
  if (unknown !== undefined) throw await noLetter(db, unknown);
}

/** @throws {NotFoundError} for what the selection names and nobody has: an id, a group */
export async function requireNamed(
  db: Database,
  { ids, fingerprint }: Pick<LetterSelection, 'ids' | 'fingerprint'>,
): Promise<void> {
  if (ids !== undefined) await requireLetters(db, ids);
  if (fingerprint === undefined || (await isKnownGroup(db, fingerprint))) return;
  throw new NotFoundError(`There is no group ${fingerprint} of dead letters`, {
    code: 'DEAD_LETTER_GROUP_NOT_FOUND',
    hint: 'jobs dlq list --group error',
    details: { fingerprint },
  });
}

export async function noLetter(db: Database, id: string): Promise<NotFoundError> {
  const nearest = nearestName(id, await lettersLike(db, id));
  return new NotFoundError(`There is no dead letter ${id}`, {
    code: 'DEAD_LETTER_NOT_FOUND',
    hint: nearest === undefined ? 'jobs dlq list' : `did you mean ${nearest}?`,
    details: { id },
  });
}

function columnsOf(fields: readonly string[]): Column[] {
  const facts = FACTS.map((name): Column => ({ index: 0, letter: name, header: name }));
  const inputs = fields.map(
    (name): Column => ({ index: 0, letter: name, header: `input.${name}`, field: name }),
  );
  return [...facts, ...inputs].map((column, index) => ({ ...column, index }));
}

function cellsOf(letter: Letter, fields: readonly string[]): CellValue[] {
  return [
    ...FACTS.map((name) => letter[name]),
    ...fields.map((name) => toCell(Object.hasOwn(letter.input, name) ? letter.input[name] : null)),
  ];
}

function toCell(value: unknown): CellValue {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : (value as CellValue);
}

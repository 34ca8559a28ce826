/**
 * The little language of `--where`: `State = "Gujarat" and (Latitude < 21.5 or Village ~ "pur")`.
 *
 *   or         := and ("or" and)*
 *   and        := comparison ("and" comparison)*
 *   comparison := "(" or ")" | column operator value
 *   column     := [name] | "name" | words up to the operator
 *   value      := "text" | 'text' | number | words up to "and", "or" or ")"
 *   operator   := = != < <= > >= ~
 */
import { UsageError } from '../core/error.js';
import { nearestName } from '../core/nearest-name.js';
import type { CellValue, Column } from '../core/row.js';
import { foldHeader } from '../core/text.js';
import { parseNumber } from './number-text.js';

export type RowTest = (cells: readonly CellValue[]) => boolean;

/**
 * Columns are known by header, letter-case and spaces folded, or by the task's field name. `=` and `!=` compare
 * numbers as numbers and text exactly, but for spaces around it; `~` is "contains", in any case; `<` and its like hold
 * for two numbers or two texts, and never for a blank cell.
 * @throws {UsageError} WHERE_INVALID, WHERE_COLUMN_UNKNOWN, with the position
 */
export function parseWhere(text: string, columns: readonly Column[]): RowTest {
  const parser = new Parser(text, tokenize(text), columns);
  const test = parser.or();
  parser.expectEnd();
  return test;
}

type TokenKind = 'word' | 'text' | 'column' | 'operator' | 'open' | 'close' | 'end';

interface Token {
  kind: TokenKind;
  text: string;
  /** 0-based place in the expression. */
  at: number;
}

const TOKEN =
  /\s*(?:"((?:[^"]|"")*)"|'((?:[^']|'')*)'|\[([^\]]*)\]|(!=|<=|>=|==|[=<>~])|(\()|(\))|([^\s"'[\]()=<>~!]+))/y;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const token = new RegExp(TOKEN);
  const end = text.trimEnd().length;
  while (token.lastIndex < end) {
    const start = token.lastIndex;
    const match = token.exec(text);
    if (match === null)
      throw invalid(
        text,
        start + /^\s*/.exec(text.slice(start))![0].length,
        'this cannot be read',
        'Put names with special characters in [ ] and text in " "',
      );
    const at = start + match[0].length - match[0].trimStart().length;
    const [, double, single, bracket, operator, open, close, word] = match;
    if (double !== undefined) tokens.push({ kind: 'text', text: double.replaceAll('""', '"'), at });
    else if (single !== undefined) tokens.push({ kind: 'text', text: single.replaceAll("''", "'"), at });
    else if (bracket !== undefined) tokens.push({ kind: 'column', text: bracket, at });
    else if (operator !== undefined)
      tokens.push({ kind: 'operator', text: operator === '==' ? '=' : operator, at });
    else if (open !== undefined) tokens.push({ kind: 'open', text: '(', at });
    else if (close !== undefined) tokens.push({ kind: 'close', text: ')', at });
    else tokens.push({ kind: 'word', text: word!, at });
  }
  return [...tokens, { kind: 'end', text: '', at: end }];
}

class Parser {
  private next = 0;
  private depth = 0;

  constructor(
    private readonly text: string,
    private readonly tokens: readonly Token[],
    private readonly columns: readonly Column[],
  ) {}

  or(): RowTest {
    const tests = [this.and()];
    while (this.takeWord('or')) tests.push(this.and());
    return tests.length === 1 ? tests[0]! : (cells) => tests.some((test) => test(cells));
  }

  expectEnd(): void {
    if (this.token.kind !== 'end') throw this.expected('"and", "or" or the end');
  }

  private and(): RowTest {
    const tests = [this.comparison()];
    while (this.takeWord('and')) tests.push(this.comparison());
    return tests.length === 1 ? tests[0]! : (cells) => tests.every((test) => test(cells));
  }

  private comparison(): RowTest {
    if (!this.takeKind('open')) return this.compare();
    if (++this.depth > MAX_DEPTH) throw this.expected(`at most ${MAX_DEPTH} open parentheses`);
    const test = this.or();
    if (!this.takeKind('close')) throw this.expected('")"');
    this.depth -= 1;
    return test;
  }

  private compare(): RowTest {
    const index = this.column();
    if (this.token.kind !== 'operator') throw this.expected('one of = != < <= > >= ~');
    const operator = this.token.text;
    this.next += 1;
    return comparison(index, operator, this.value());
  }

  private column(): number {
    const { at, kind } = this.token;
    const words = kind === 'text' || kind === 'column' ? [this.take()] : this.words(() => false);
    if (words.length === 0) throw this.expected('the name of a column');
    const name = words.join(' ');
    const folded = foldHeader(name);
    const column =
      this.columns.find((one) => foldHeader(one.header) === folded) ??
      this.columns.find((one) => one.field !== undefined && foldHeader(one.field) === folded);
    if (column !== undefined) return column.index;
    const headers = this.columns.map((one) => one.header.trim()).filter((header) => header !== '');
    const nearest = nearestName(name, headers);
    throw invalid(
      this.text,
      at,
      `there is no column "${name}"`,
      nearest === undefined ? `The columns are: ${headers.join(', ')}` : `Did you mean [${nearest}]?`,
      'WHERE_COLUMN_UNKNOWN',
    );
  }

  private value(): string | number {
    if (this.token.kind === 'text') return this.take();
    const words = this.words((word) => isWord(word, 'and') || isWord(word, 'or'));
    if (words.length === 0) throw this.expected('a value, such as 21.5 or "Gujarat"');
    const text = words.join(' ');
    return parseNumber(text) ?? text;
  }

  private words(stop: (word: string) => boolean): string[] {
    const words: string[] = [];
    while (this.token.kind === 'word' && !stop(this.token.text)) words.push(this.take());
    return words;
  }

  private get token(): Token {
    return this.tokens[this.next]!;
  }

  private take(): string {
    const { text } = this.token;
    this.next += 1;
    return text;
  }

  private takeKind(kind: TokenKind): boolean {
    if (this.token.kind !== kind) return false;
    this.next += 1;
    return true;
  }

  private takeWord(word: string): boolean {
    if (this.token.kind !== 'word' || !isWord(this.token.text, word)) return false;
    this.next += 1;
    return true;
  }

  private expected(what: string): UsageError {
    const found = this.token.kind === 'end' ? 'the end' : `"${this.token.text}"`;
    return invalid(
      this.text,
      this.token.at,
      `found ${found}, expected ${what}`,
      `For example: --where 'State = "Gujarat" and Latitude < 21.5'`,
    );
  }
}

const MAX_DEPTH = 50;

function isWord(word: string, expected: string): boolean {
  return word.toLowerCase() === expected;
}

function comparison(index: number, operator: string, value: string | number): RowTest {
  if (operator === '~') {
    const part = foldCase(String(value));
    return (cells) => foldCase(cellText(cells[index])).includes(part);
  }
  if (operator === '=') return (cells) => equals(cells[index], value);
  if (operator === '!=') return (cells) => !equals(cells[index], value);
  const holds = ORDER[operator]!;
  return (cells) => {
    const order = compareCell(cells[index], value);
    return order !== undefined && holds(order);
  };
}

const ORDER: Record<string, (order: number) => boolean> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function equals(cell: CellValue | undefined, value: string | number): boolean {
  return typeof value === 'number' ? cellNumber(cell) === value : cellText(cell) === value.trim();
}

/** Below, at or above zero as the cell is before, at or after `value`; undefined when they cannot be compared. */
function compareCell(cell: CellValue | undefined, value: string | number): number | undefined {
  const wanted = typeof value === 'number' ? value : parseNumber(value);
  const number = cellNumber(cell);
  if (wanted !== undefined) return number === undefined ? undefined : number - wanted;
  const text = cellText(cell);
  return text === '' ? undefined : text < String(value) ? -1 : text > String(value) ? 1 : 0;
}

function cellNumber(cell: CellValue | undefined): number | undefined {
  return typeof cell === 'number' ? cell : typeof cell === 'string' ? parseNumber(cell) : undefined;
}

function cellText(cell: CellValue | undefined): string {
  return cell === null || cell === undefined ? '' : String(cell).trim();
}

function foldCase(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

function invalid(text: string, at: number, what: string, hint: string, code = 'WHERE_INVALID'): UsageError {
  return new UsageError(
    `--where cannot be used: at character ${at + 1}, ${what}\n  ${text}\n  ${' '.repeat(at)}^`,
    {
      code,
      hint,
      details: { where: text, position: at + 1 },
    },
  );
}

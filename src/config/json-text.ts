/** Positions in JSON text, which JSON.parse does not give: the line of each key, and where the text stops being JSON. */

export interface JsonPositions {
  /** 1-based line by key path (`queues.a.limit`, `tasks[0]`). */
  lines: Map<string, number>;
  /** The first place where the text is not JSON; 1-based. */
  problem: { line: number; column: number } | undefined;
}

const TOKEN =
  /[ \t\r\n]*(?:([{}[\],:])|("(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])))/uy;

/** Scans `text` once; text that is not JSON is no error here. */
export function scanJson(text: string): JsonPositions {
  const lines = new Map<string, number>();
  const scanner = new Scanner(text);
  const valid = readValue(scanner, '', lines) && scanner.atEnd();
  return { lines, problem: valid ? undefined : scanner.position() };
}

function readValue(scanner: Scanner, key: string, lines: Map<string, number>): boolean {
  const token = scanner.peek();
  if (token === undefined) return false;
  lines.set(key, scanner.position().line);
  if (token === '{') return readMembers(scanner, key, lines);
  if (token === '[') return readItems(scanner, key, lines);
  if (/^[}\],:]/.test(token)) return false;
  return scanner.take();
}

function readMembers(scanner: Scanner, key: string, lines: Map<string, number>): boolean {
  scanner.take();
  if (scanner.takeIf('}')) return true;
  do {
    const name = scanner.peek();
    if (name === undefined || !name.startsWith('"')) return false;
    const member = memberKey(key, JSON.parse(name) as string);
    const { line } = scanner.position();
    scanner.take();
    if (!scanner.takeIf(':') || !readValue(scanner, member, lines)) return false;
    lines.set(member, line);
  } while (scanner.takeIf(','));
  return scanner.takeIf('}');
}

function readItems(scanner: Scanner, key: string, lines: Map<string, number>): boolean {
  scanner.take();
  if (scanner.takeIf(']')) return true;
  let index = 0;
  do {
    if (!readValue(scanner, `${key}[${index++}]`, lines)) return false;
  } while (scanner.takeIf(','));
  return scanner.takeIf(']');
}

function memberKey(key: string, name: string): string {
  return key === '' ? name : `${key}.${name}`;
}

class Scanner {
  readonly #text: string;
  #offset = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next token, or undefined at the end and where none can be read. */
  peek(): string | undefined {
    TOKEN.lastIndex = this.#offset;
    const match = TOKEN.exec(this.#text);
    return match?.[1] ?? match?.[2] ?? match?.[3];
  }

  take(): boolean {
    TOKEN.lastIndex = this.#offset;
    const match = TOKEN.exec(this.#text);
    if (match !== null) this.#offset = TOKEN.lastIndex;
    return match !== null;
  }

  takeIf(token: string): boolean {
    return this.peek() === token && this.take();
  }

  atEnd(): boolean {
    return this.#text.slice(this.#offset).trim() === '';
  }

  /** Where the next token begins, or would begin. */
  position(): { line: number; column: number } {
    const space = /^[ \t\r\n]*/.exec(this.#text.slice(this.#offset)) as RegExpExecArray;
    const before = this.#text.slice(0, this.#offset + space[0].length);
    return { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') };
  }
}

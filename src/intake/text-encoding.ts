/** Text files as they come out of spreadsheets: UTF-8, UTF-16 or Windows-1252, told apart by their bytes. */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** Watches a file go by and remembers whether all of it was valid UTF-8. */
export class Utf8Check {
  private valid = true;
  private carry: Uint8Array = new Uint8Array(0);

  get ok(): boolean {
    return this.valid && this.carry.length === 0;
  }

  push(chunk: Buffer): void {
    if (!this.valid) return;
    const bytes = this.carry.length === 0 ? chunk : Buffer.concat([this.carry, chunk]);
    const end = wholeCharactersEnd(bytes);
    this.carry = bytes.subarray(end);
    this.valid = isUtf8(bytes.subarray(0, end));
  }
}

/** The encoding of a file that begins with `head` and is, or is not, valid UTF-8 to its end. */
export function detectEncoding(head: Buffer, validUtf8: boolean): TextEncoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const sample = head.subarray(0, 2000);
  const half = Math.floor(sample.length / 2);
  let evenZeros = 0;
  let oddZeros = 0;
  for (let i = 0; i < half * 2; i += 2) {
    if (sample[i] === 0) evenZeros += 1;
    if (sample[i + 1] === 0) oddZeros += 1;
  }
  if (oddZeros > half * 0.4 && evenZeros === 0) return 'utf-16le';
  if (evenZeros > half * 0.4 && oddZeros === 0) return 'utf-16be';
  return validUtf8 ? 'utf-8' : 'windows-1252';
}

/** The text of a file in chunks, without its byte order mark. A character is never split. */
export async function* readText(path: string, encoding: TextEncoding): AsyncGenerator<string> {
  const decode = textDecoder(encoding);
  let first = true;
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
    let text = decode(chunk as Buffer);
    if (text === '') continue;
    if (first && text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    first = false;
    yield text;
  }
  const rest = decode(undefined);
  if (rest !== '') yield rest;
}

/** The text of `head`, which may end within a character. */
export function decodeHead(head: Buffer, encoding: TextEncoding): string {
  const text = textDecoder(encoding)(head);
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** Decodes chunk after chunk; `undefined` ends the text. */
function textDecoder(encoding: TextEncoding): (chunk: Buffer | undefined) => string {
  if (encoding === 'windows-1252') return (chunk) => (chunk === undefined ? '' : decodeWindows1252(chunk));
  const decoder = new StringDecoder(encoding === 'utf-8' ? 'utf8' : 'utf16le');
  if (encoding !== 'utf-16be') return (chunk) => (chunk === undefined ? decoder.end() : decoder.write(chunk));
  let odd: Buffer = Buffer.alloc(0);
  return (chunk) => {
    if (chunk === undefined) return decoder.end();
    const bytes = Buffer.concat([odd, chunk]);
    const even = bytes.length - (bytes.length % 2);
    odd = bytes.subarray(even);
    return decoder.write(Buffer.from(bytes.subarray(0, even)).swap16());
  };
}

/**
 * Bytes 0x80 to 0x9F of Windows-1252 (WHATWG Encoding Standard, index-windows-1252). By table, because the
 * TextDecoder of some Node versions reads these bytes as ISO-8859-1.
 */
const WINDOWS_1252 =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f' +
  '\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178';

function decodeWindows1252(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[\u0080-\u009f]/g, (char) => WINDOWS_1252[char.charCodeAt(0) - 0x80]!);
}

/** End of the last whole UTF-8 character, looking at most three bytes back. */
function wholeCharactersEnd(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}

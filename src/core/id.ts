/** Identifiers people can sort, read aloud and paste. */
import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** `b_` and 16 characters: 9 of time (sorts by creation), 7 random. */
export function newBatchId(nowMs: number = Date.now()): string {
  return `b_${base32(nowMs, 9)}${randomPart(7)}`;
}

/** `j_` and 16 characters, made like a batch id. */
export function newJobId(nowMs: number = Date.now()): string {
  return `j_${base32(nowMs, 9)}${randomPart(7)}`;
}

/** `w_` and 8 random characters. */
export function newWorkerId(): string {
  return `w_${randomPart(8)}`;
}

function base32(value: number, length: number): string {
  let rest = value;
  let text = '';
  for (let i = 0; i < length; i++) {
    text = ALPHABET[rest % 32] + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

function randomPart(length: number): string {
  return Array.from(randomBytes(length), (byte) => ALPHABET[byte % 32]).join('');
}

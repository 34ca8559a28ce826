/** Text as people type it, folded so that two spellings of one thing are one. */

/** A header or name for comparison: Unicode NFKC, trimmed, inner spaces one, lower case, `_` and `-` as spaces. */
export function foldHeader(header: string): string {
  return header
    .normalize('NFKC')
    .replace(/[\u200b-\u200f\ufeff]/g, '')
    .replace(/[\s_-]+/g, ' ')
    .trim()
    .toLowerCase();
}

/** `text` on one line and at most `limit` characters long, for messages. */
export function shorten(text: string, limit = 60): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= limit ? line : `${line.slice(0, limit - 1)}…`;
}

/** `1 row`, `40 rows`. */
export function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

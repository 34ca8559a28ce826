/** Text cut to the columns of a terminal. */
import { columnsOf } from './text-width.js';

/**
 * `text`, one line without escape codes, on at most `width` columns. Terminals do not agree on how wide the marks of
 * Indic scripts are; each that takes any space is counted, so that no terminal wraps the line.
 */
export function clip(text: string, width: number): string {
  if (marksCounted(text) <= width) return text;
  let kept = '';
  let used = 1;
  for (const character of text) {
    used += marksCounted(character);
    if (used > width) break;
    kept += character;
  }
  return `${kept}…`;
}

function marksCounted(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += SPACING_MARK.test(character) ? 1 : columnsOf(character);
  return columns;
}

const SPACING_MARK = /\p{Mc}/u;

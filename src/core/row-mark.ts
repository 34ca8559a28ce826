/** Fingerprint of a row's cells that still tells which row it was after some of them were corrected. */
import { contentHash } from './content-hash.js';
import type { CellValue } from './row.js';

const CELL_DIGITS = 4;
const BLANK = '0'.repeat(CELL_DIGITS);

/**
 * The mark of a row: 16 hex digits of its whole content, a dot, then 4 digits a cell (`0000` for a blank one).
 * Cells count as text, trimmed, so 37.76 and " 37.76 " are one; blank cells at the end do not count.
 * At most 4,017 characters for 1,000 columns, so it fits into a cell.
 */
export function rowMark(cells: readonly CellValue[]): string {
  const texts = cells.map((cell) => (cell === null ? '' : String(cell).trim()));
  while (texts.at(-1) === '') texts.pop();
  return `${contentHash(texts).slice(0, 16)}.${texts.map(cellDigits).join('')}`;
}

/** 0 to 1: the share of non-blank cells that stand unchanged at the same place in both rows; 0 when either is blank. */
export function markLikeness(a: string, b: string): number {
  const [longer, shorter] = a.length >= b.length ? [a, b] : [b, a];
  let alike = 0;
  let filledLonger = 0;
  let filledShorter = 0;
  for (let start = longer.indexOf('.') + 1; start < longer.length; start += CELL_DIGITS) {
    const digits = longer.slice(start, start + CELL_DIGITS);
    const other = shorter.slice(start, start + CELL_DIGITS);
    if (digits !== BLANK) filledLonger += 1;
    if (other !== BLANK && other !== '') filledShorter += 1;
    if (digits === other && digits !== BLANK) alike += 1;
  }
  return alike === 0 ? 0 : alike / Math.max(filledLonger, filledShorter);
}

/** FNV-1a folded to 16 bits: enough to tell one cell of a row from its correction. */
function cellDigits(text: string): string {
  if (text === '') return BLANK;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  const folded = (hash >>> 16) ^ (hash & 0xffff);
  return (folded === 0 ? 1 : folded).toString(16).padStart(CELL_DIGITS, '0');
}

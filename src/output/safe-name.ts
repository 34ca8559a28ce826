/** File names from hostile text: one path segment that every common file system takes. */

const MAX_BYTES = 120;
/** Path separators, what Windows refuses, control characters, and marks that turn the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNSAFE = /[/\\:*?"<>|\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** `text` as a file name of at most 120 bytes, never empty, never `.` or `..`, with no separator in it. */
export function safeName(text: string, fallback = 'rows'): string {
  const name = cutToBytes(
    text
      .replace(/\p{Surrogate}/gu, '_')
      .normalize('NFC')
      .replace(UNSAFE, '_'),
  ).replace(/^[\s.]+|[\s.]+$/g, '');
  if (name === '') return fallback;
  return RESERVED.test(name) ? `_${name}` : name;
}

/** `sheet.failed-rows.xlsx`, 2 → `sheet.failed-rows-2.xlsx`; 1 changes nothing. */
export function numberedName(name: string, number: number): string {
  if (number === 1) return name;
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? `${name}-${number}` : `${name.slice(0, dot)}-${number}${name.slice(dot)}`;
}

function cutToBytes(text: string): string {
  let kept = '';
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > MAX_BYTES) break;
    kept += character;
  }
  return kept;
}

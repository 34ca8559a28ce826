/**
 * How many columns of a terminal a text takes: wide characters two, marks and format characters none. An own table, as the
 * library for it (which the test compares with) takes 30 ms to load, at every start.
 */

/** Columns of one line without escape codes. */
export function columnsOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) columns += columnsOfCluster(segment);
  return columns;
}

/** A cluster is what a reader takes for one character. */
function columnsOfCluster(cluster: string): number {
  const visible = cluster.replace(INVISIBLE, '');
  if (visible === '') return 0;
  if (EMOJI.test(visible) || (PICTURE.test(visible) && cluster.includes('\ufe0f'))) return 2;
  const [first, ...rest] = [...visible].map((character) => character.codePointAt(0)!);
  return widthOf(first!) + rest.filter(isForm).reduce((columns, point) => columns + widthOf(point), 0);
}

const INVISIBLE = /^[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{M}\p{Cs}]+/u;
const EMOJI = /^\p{Emoji_Presentation}/u;
const PICTURE = /^\p{Emoji}/u;

/** Halfwidth and fullwidth forms take room of their own within a cluster. */
function isForm(point: number): boolean {
  return point >= 0xff00 && point <= 0xffef;
}

function widthOf(point: number): 1 | 2 {
  return point >= WIDE[0]![0] && WIDE.some(([first, last]) => point >= first && point <= last) ? 2 : 1;
}

/** Code points of East Asian width W and F (Unicode 16, EastAsianWidth.txt) that are no emoji; unassigned ones between count with them. */
const WIDE: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2630, 0x2637],
  [0x268a, 0x268f],
  [0x2e80, 0x303e],
  [0x3041, 0x3247],
  [0x3250, 0xa4c6],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6b],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x1b2fb],
  [0x1d300, 0x1d376],
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd],
];

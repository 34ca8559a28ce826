/** The character between the cells of a text file, found by looking at its first lines. */
const CANDIDATES = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof CANDIDATES)[number];

const SAMPLE_CHARACTERS = 64 * 1024;
const SAMPLE_RECORDS = 50;

/** The candidate that cuts most records into the same number of cells; of equals the one that makes more cells; `,` when none does. */
export function sniffDelimiter(text: string): Delimiter {
  const hint = /^sep=([,;\t|])\r?\n/i.exec(text);
  if (hint !== null) return hint[1] as Delimiter;
  const sample = text.slice(0, SAMPLE_CHARACTERS);
  let best: Delimiter = ',';
  let bestShare = 0;
  let bestCount = 0;
  for (const candidate of CANDIDATES) {
    const { count, share } = commonCount(delimitersPerRecord(sample, candidate));
    if (count > 0 && (share > bestShare || (share === bestShare && count > bestCount))) {
      best = candidate;
      bestShare = share;
      bestCount = count;
    }
  }
  return best;
}

/** Delimiters in each record that is not blank; those within quotes do not count, nor do line ends there. */
function delimitersPerRecord(text: string, delimiter: string): number[] {
  const counts: number[] = [];
  let count = 0;
  let quoted = false;
  let cellStart = true;
  let blank = true;
  for (const char of text) {
    if (quoted) {
      if (char === '"') quoted = false;
      continue;
    }
    if (char === '\n' || char === '\r') {
      if (!blank) counts.push(count);
      if (counts.length === SAMPLE_RECORDS) return counts;
      count = 0;
      blank = true;
      cellStart = true;
      continue;
    }
    if (char === '"' && (cellStart || !blank)) quoted = cellStart;
    if (char === delimiter) count += 1;
    cellStart = char === delimiter;
    blank = false;
  }
  if (!blank && !quoted) counts.push(count);
  return counts;
}

/** The most frequent count above zero, and the share of records that have it. */
function commonCount(counts: readonly number[]): { count: number; share: number } {
  const times = new Map<number, number>();
  for (const count of counts) if (count > 0) times.set(count, (times.get(count) ?? 0) + 1);
  let best = { count: 0, share: 0 };
  for (const [count, records] of times) {
    const share = records / counts.length;
    if (share > best.share || (share === best.share && count > best.count)) best = { count, share };
  }
  return best;
}

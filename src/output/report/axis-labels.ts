/** Which places of a chart's axis are named, so that names do not run into each other. */

export interface AxisLabel {
  index: number;
  text: string;
  /** Left out where there is little room. */
  often: boolean;
}

/** Characters that have room along a chart, with a gap after each name. */
const ROOM = 120;
const GAP = 3;
const MAX_NAME = 22;
const MAX_LABELS = 16;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Names in their order. ISO dates are named by month, and where years begin when there are many. */
export function axisLabels(x: readonly (string | number)[]): AxisLabel[] {
  const texts = x.map((label) => shortened(String(label)));
  if (x.length > 1 && x.every((label) => DATE.test(String(label)))) return dateLabels(texts);
  const widest = texts.reduce((most, { length }) => Math.max(most, length), 0);
  return thinned(
    texts.map((text, index) => ({ index, text })),
    Math.min(MAX_LABELS, ROOM / (widest + GAP)),
  );
}

/** The first place of each year when there are three or more, else of each month. */
function dateLabels(dates: readonly string[]): AxisLabel[] {
  const years = new Set(dates.map((date) => date.slice(0, 4))).size;
  const part = years >= 3 ? 4 : 7;
  const firsts = dates.flatMap((date, index) =>
    date.slice(0, part) === dates[index - 1]?.slice(0, part) ? [] : [{ index, text: dateText(date, part) }],
  );
  return thinned(firsts, ROOM / (part + GAP + (part === 7 ? 1 : 0)));
}

function dateText(date: string, part: number): string {
  const [, year = '', month = ''] = DATE.exec(date) ?? [];
  return part === 4 ? year : `${MONTHS[Number(month) - 1] ?? month} ${year}`;
}

/** Every n-th, so that there are at most `limit`; of those every other one is `often`. */
function thinned(labels: readonly { index: number; text: string }[], limit: number): AxisLabel[] {
  const every = Math.max(1, Math.ceil(labels.length / Math.max(1, limit)));
  return labels
    .filter((_, index) => index % every === 0)
    .map((label, index, kept) => ({ ...label, often: index % 2 === 1 && kept.length > 3 }));
}

function shortened(text: string): string {
  return text.length > MAX_NAME ? `${text.slice(0, MAX_NAME - 1)}…` : text;
}

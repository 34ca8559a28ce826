/** Spreadsheet dates: days since 1899-12-30 (or 1904-01-01), told from plain numbers only by their number format. */

/** What a date format shows: a day (perhaps with its time), a time of day, or a length of time in hours. */
export type DateKind = 'date' | 'time' | 'duration';

const DAY_MS = 86_400_000;
const DAYS_1900_TO_1970 = 25_569;
const DAYS_1904_OFFSET = 1462;
/** 9999-12-31, the last day a spreadsheet knows. */
const LAST_DAY = 2_958_465;

/** The kind of date that a number format (`dd/mm/yyyy`, `[h]:mm`) shows; undefined for a number that is no date. */
export function dateKind(format: string | undefined): DateKind | undefined {
  if (format === undefined || format === 'General') return undefined;
  const [first = ''] = format.split(';');
  if (/\[(h+|m+|s+)\]/i.test(first)) return 'duration';
  const bare = first
    .replace(/\\.|_.|\*./g, '')
    .replace(/"[^"]*"?/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/General/gi, '');
  if (!/[ymdhs]/i.test(bare) || /[#?]/.test(bare)) return undefined;
  return /[yd]/i.test(bare) || !/[hs]/i.test(bare) ? 'date' : 'time';
}

/** ISO text of serial day `days`; the number itself when no calendar has such a day. */
export function serialDateText(days: number, kind: DateKind, date1904: boolean): string | number {
  if (days < 0 || days > LAST_DAY) return days;
  if (kind === 'duration') return durationText(Math.round(days * 86_400));
  if (kind === 'time' && days < 1) return timeText(Math.round(days * DAY_MS));
  // Spreadsheets count a 29 February 1900 that never was: days before it stand one too low.
  const since1900 = date1904 ? days + DAYS_1904_OFFSET : days < 60 ? days + 1 : days;
  const ms = Math.round((since1900 - DAYS_1900_TO_1970) * DAY_MS);
  const iso = new Date(ms).toISOString();
  const timeMs = ((ms % DAY_MS) + DAY_MS) % DAY_MS;
  return timeMs === 0 ? iso.slice(0, 10) : `${iso.slice(0, 10)}T${timeText(timeMs)}`;
}

function durationText(seconds: number): string {
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
}

function timeText(timeMs: number): string {
  if (timeMs >= DAY_MS) return '24:00:00';
  const text = new Date(timeMs).toISOString().slice(11, 23);
  return text.endsWith('.000') ? text.slice(0, 8) : text;
}

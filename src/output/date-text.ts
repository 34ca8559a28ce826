/** Dates in the ledger are ISO 8601 text, because JSON has no dates. */

const ISO = /^(\d{4})-\d\d-\d\d(?:T(\d\d:\d\d:\d\d)(?:\.\d{3})?)?$/;

/**
 * The date that `text` is when it is written exactly as intake writes a workbook's dates (`2024-06-01`,
 * `2024-06-01T08:30:00`), so that it comes back as the same text; else null. Times have no zone, as in workbooks: taken as UTC.
 */
export function dateInText(text: string): Date | null {
  const match = ISO.exec(text);
  if (match === null || Number(match[1]) < 1901 || match[2] === '00:00:00') return null;
  const date = new Date(text.length > 10 ? `${text}Z` : text);
  return Number.isNaN(date.getTime()) || !date.toISOString().startsWith(text.slice(0, 10)) ? null : date;
}

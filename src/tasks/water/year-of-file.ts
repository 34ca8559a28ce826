/** The year that a file's name says it is of. */

export interface FileYear {
  /** `2017-18` for a hydrological year, `2017` for another; the file's name when it names none. */
  label: string;
  /** First calendar year; undefined when the name has none. */
  start: number | undefined;
}

/** A year that stands alone in the name, with the next one after it when the name has it: 2017_2018, 2017-18. */
const YEARS = /(?<!\d)((?:19|20)\d{2})(?:\s*[_-]\s*((?:19|20)?\d{2}))?(?!\d)/;

export function yearOfFile(name: string): FileYear {
  const match = YEARS.exec(name);
  if (match === null) return { label: name, start: undefined };
  const start = Number(match[1]);
  const end = match[2]?.slice(-2);
  const isNext = end !== undefined && Number(end) === (start + 1) % 100;
  return { label: isNext ? `${start}-${end}` : String(start), start };
}

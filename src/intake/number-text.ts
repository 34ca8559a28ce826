/** Numbers that sheets keep as text: read where only one reading is possible, otherwise suggested, never guessed. */

const PLAIN = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** `1,234.5`, `1,234,567`; one group alone (`1,234`) could be a decimal. */
const COMMA_GROUPS = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/;
/** `12,34,567.5`, as India writes it. */
const INDIAN_GROUPS = /^[+-]?\d{1,2}(,\d{2})+,\d{3}(\.\d+)?$/;
/** `1.234.567`, `1.234,5`. */
const DOT_GROUPS = /^[+-]?\d{1,3}(\.\d{3})+(,\d+)?$/;
/** `1 234,5`. */
const SPACE_GROUPS = /^[+-]?\d{1,3}( \d{3})+([.,]\d+)?$/;
const DECIMAL_COMMA = /^[+-]?\d+,\d+$/;
/** A comma before exactly three digits, after one to three that do not begin with 0: thousands or decimals. */
const AMBIGUOUS = /^[+-]?[1-9]\d{0,2},\d{3}$/;

/**
 * The number that `text` can only mean: `37.76`, ` 37.76 `, `37,76`, `1,234.5`, `1.234,5`, `12,34,567`, `1 234,5`,
 * `1e3`. Undefined when it is none, or could be two, as `1,234` could.
 */
export function parseNumber(text: string): number | undefined {
  const plain = text
    .trim()
    .replace(/[\u00a0\u2009\u202f]/g, ' ')
    .replace(/^\u2212/, '-');
  return finite(PLAIN.test(plain) ? plain : groupedDigits(plain));
}

function groupedDigits(text: string): string | undefined {
  if (AMBIGUOUS.test(text)) return undefined;
  if (COMMA_GROUPS.test(text) && !/^[+-]?0\d*,/.test(text)) return text.replaceAll(',', '');
  if (INDIAN_GROUPS.test(text)) return text.replaceAll(',', '');
  if (DECIMAL_COMMA.test(text)) return text.replace(',', '.');
  if (DOT_GROUPS.test(text)) return text.replaceAll('.', '').replace(',', '.');
  if (SPACE_GROUPS.test(text)) return text.replaceAll(' ', '').replace(',', '.');
  return undefined;
}

function finite(text: string | undefined): number | undefined {
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

const PART = String.raw`(\d+(?:[.,]\d+)?)`;
/** `37°45'36"N`, `N 37 45.6`, `37d45m`: degrees, minutes, seconds, with a letter before or after. */
const SEXAGESIMAL = new RegExp(
  String.raw`^([NSEW])?\s*([+-])?\s*${PART}\s*(?:[°ºd:\s]\s*${PART}\s*(?:['′’m:\s]\s*(?:${PART}\s*(?:"|″|”|''|s)?)?)?)?\s*[°º]?\s*([NSEW])?$`,
  'i',
);

/** What the writer of `text` may have meant, for a hint: `did you mean 37.76?`. Never applied. */
export function suggestNumber(text: string): string | undefined {
  const plain = text.trim().replace(/^\u2212/, '-');
  if (AMBIGUOUS.test(plain)) return `write ${plain.replace(',', '')} or ${plain.replace(',', '.')}`;
  const degrees = decimalDegrees(plain);
  if (degrees !== undefined) return `did you mean ${degrees}?`;
  const percent = /^(.+?)\s*%$/.exec(plain);
  const share = percent === null ? undefined : parseNumber(percent[1]!);
  if (share !== undefined) return `did you mean ${Number((share / 100).toPrecision(12))}?`;
  const [number, ...others] = plain.match(/[+-]?\d[\d.,]*/g) ?? [];
  const value =
    number === undefined || others.length > 0 ? undefined : parseNumber(number.replace(/[.,]+$/, ''));
  return value === undefined ? undefined : `did you mean ${value}?`;
}

/** Decimal degrees to 7 places (about a centimetre); south and west are negative. */
function decimalDegrees(text: string): number | undefined {
  const match = SEXAGESIMAL.exec(text);
  if (match === null) return undefined;
  const [, before, sign, degrees, minutes = '0', seconds = '0', after] = match;
  const letter = (after ?? before ?? '').toUpperCase();
  if (letter === '' && match[4] === undefined) return undefined;
  const [d, m, s] = [degrees!, minutes, seconds].map((part) => Number(part.replace(',', '.')));
  if (m! >= 60 || s! >= 60 || d! > 180) return undefined;
  const value = Number((d! + m! / 60 + s! / 3600).toFixed(7));
  return sign === '-' || letter === 'S' || letter === 'W' ? -value : value;
}

/** Values that a task hands over, made fit for the ledger. */

/**
 * `value` as JSON keeps it: dates as text, `undefined` left out, what is not a number as null. Text that PostgreSQL refuses
 * (NUL, half a surrogate pair) has U+FFFD in its place. One unfit value would otherwise spoil the statement that records
 * a hundred rows together.
 * @throws {TypeError} naming the place of what JSON cannot hold
 */
export function toJsonValue(value: unknown, place = 'the result', depth = 0): unknown {
  switch (typeof value) {
    case 'string':
      return cleanString(value);
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'boolean':
    case 'undefined':
      return value;
    case 'object':
      return value === null ? null : objectToJson(value, place, depth + 1);
    default:
      throw new TypeError(`${place} is a ${typeof value}, which JSON cannot hold`);
  }
}

export function cleanString(text: string): string {
  const whole = text.includes('\u0000') ? text.replaceAll('\u0000', '\ufffd') : text;
  return whole.isWellFormed() ? whole : whole.toWellFormed();
}

/** Deeper than anything a task means to return: it holds itself. */
const DEEPEST = 200;

function objectToJson(value: object, place: string, depth: number): unknown {
  if (depth > DEEPEST) throw new TypeError('the result holds itself, which JSON cannot');
  if ('toJSON' in value && typeof value.toJSON === 'function')
    return toJsonValue(value.toJSON(), place, depth);
  if (Array.isArray(value)) return value.map((item, i) => toJsonValue(item, `${place}[${i}]`, depth) ?? null);
  const entries = Object.entries(value).map(([key, item]) => [
    cleanString(key),
    toJsonValue(item, `${place}.${key}`, depth),
  ]);
  return Object.fromEntries(entries);
}

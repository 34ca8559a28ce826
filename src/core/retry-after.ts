/** When a server that is busy wants to be asked again: `Retry-After` of RFC 9110, section 10.2.3. */

export interface BusyAnswer {
  status: 429 | 503;
  delayMs: number;
}

type Headers = { get(name: string): string | null } | Record<string, unknown>;

/**
 * Looks for an answer 429 or 503 in what a task threw: the error itself or its `response` carries `status` (or
 * `statusCode`) and `headers`, as those of fetch, axios, got and undici do. Undefined when there is none, or it does not
 * say when to come back.
 */
export function busyAnswer(thrown: unknown, nowMs: number): BusyAnswer | undefined {
  for (const one of [thrown, member(thrown, 'response'), member(thrown, 'cause')]) {
    const status = member(one, 'status') ?? member(one, 'statusCode');
    if (status !== 429 && status !== 503) continue;
    const delayMs = parseRetryAfter(header(member(one, 'headers') as Headers | undefined), nowMs);
    if (delayMs !== undefined) return { status, delayMs };
  }
  return undefined;
}

/** Seconds, or a date. Undefined when it is neither. */
function parseRetryAfter(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const trimmed = text.trim();
  if (/^\d{1,9}$/.test(trimmed)) return Number(trimmed) * 1000;
  const atMs = /^[A-Z][a-z]{2}/.test(trimmed) ? Date.parse(trimmed) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

function header(headers: Headers | undefined): string | undefined {
  if (headers === undefined) return undefined;
  if (typeof headers.get === 'function') return (headers.get('retry-after') as string | null) ?? undefined;
  const name = Object.keys(headers).find((key) => key.toLowerCase() === 'retry-after');
  const value = name === undefined ? undefined : (headers as Record<string, unknown>)[name];
  return value === undefined ? undefined : String(value);
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

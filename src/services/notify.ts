/** Tells a person, through a webhook of their choice, of what needs one. */

export interface NotifyEvent {
  /** `schedule-late`, `queue-paused`. */
  type: string;
  /** One sentence for people. */
  message: string;
  /** ISO. */
  at: string;
  /** Facts for programs; plain JSON without secrets. */
  details: Record<string, unknown>;
}

const DEADLINE_MS = 5_000;

/**
 * Posts `event` as JSON to `webhook`, once. Never throws: returns what went wrong, in words without the address (a
 * webhook's path is its password), or undefined when the answer was 2xx. Redirects are not followed.
 */
export async function notify({
  webhook,
  event,
}: {
  webhook: string;
  event: NotifyEvent;
}): Promise<string | undefined> {
  try {
    const answer = await fetch(webhook, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event),
      redirect: 'manual',
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    await answer.body?.cancel();
    return answer.ok
      ? undefined
      : `notify.webhook answered ${answer.status}; "${event.message}" was not told`;
  } catch (error) {
    const reason =
      error instanceof Error && error.name === 'TimeoutError'
        ? `has not answered for ${DEADLINE_MS / 1000} s`
        : `cannot be reached (${causeCode(error)})`;
    return `notify.webhook ${reason}; "${event.message}" was not told`;
  }
}

/** The error's own words may hold the address. */
function causeCode(error: unknown): string {
  const cause = (error as { cause?: { code?: unknown } } | undefined)?.cause;
  return typeof cause?.code === 'string' ? cause.code : 'no connection';
}

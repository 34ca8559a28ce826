/** Waits that end. */

export interface WaitOptions {
  signal?: AbortSignal | undefined;
  /** Epoch ms. */
  deadlineMs?: number | undefined;
}

/** True when `work` settled, either way, within `ms`; it goes on by itself when it did not. Never rejects. */
export async function settlesWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const settled = work.then(
    () => true,
    () => true,
  );
  return Promise.race([settled, late]).finally(() => clearTimeout(timer));
}

/** Waits `ms`, or less when the deadline or the signal comes first. */
export function pause(ms: number, { signal, deadlineMs }: WaitOptions): Promise<void> {
  const waitMs = Math.min(ms, Math.max((deadlineMs ?? Number.POSITIVE_INFINITY) - Date.now(), 0));
  return new Promise((done) => {
    const timer = setTimeout(end, waitMs);
    signal?.addEventListener('abort', end, { once: true });
    function end(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      done();
    }
  });
}

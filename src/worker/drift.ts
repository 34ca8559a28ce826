/** Notices afterwards that this process did not run for a while: blocked by a computation, or stopped by the system. */
const TICK_MS = 1_000;

/** `onGap` hears for how long, in ms, of gaps of at least `atLeastMs`. Returns the way to stop watching. */
export function watchForGaps(atLeastMs: number, onGap: (gapMs: number) => void): () => void {
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const gapMs = now - last - TICK_MS;
    last = now;
    if (gapMs >= atLeastMs) onGap(gapMs);
  }, TICK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Says a trouble that mends itself once, however many parts of the engine report it. */

const SAID_FOR_MS = 60_000;
const MOST_KEPT = 100;

/** A message is not said again within a minute of its last report. */
export function sayOnce(say: (message: string) => void): (message: string) => void {
  const reportedAt = new Map<string, number>();
  return (message) => {
    const before = reportedAt.get(message) ?? Number.NEGATIVE_INFINITY;
    if (reportedAt.size >= MOST_KEPT) reportedAt.clear();
    reportedAt.set(message, Date.now());
    if (Date.now() - before > SAID_FOR_MS) say(message);
  };
}

/** "Did you mean …?": the known name closest to the one that was typed. */
import { distance } from 'fastest-levenshtein';

/** The nearest of `known` to `typed`, or undefined when none is near enough to be a slip of the hand. */
export function nearestName(typed: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const name of known) {
    const edits = distance(typed.toLowerCase(), name.toLowerCase());
    if (edits < bestDistance) {
      best = name;
      bestDistance = edits;
    }
  }
  return bestDistance <= Math.max(2, Math.floor(typed.length * 0.4)) ? best : undefined;
}

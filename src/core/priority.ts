/**
 * Priorities as words, and the number that the queue sorts by: lower runs first, equal ones in the order they came.
 *
 * The word decides first. Within a word it is a deadline: the time a job was added, and for the rows of a batch beyond
 * the first hundred a day more. So a small batch overtakes the bulk of a large one that came before it, and nothing is
 * overtaken for longer than a day, however many small batches come (earliest deadline first; Liu & Layland 1973).
 */
export const PRIORITIES = ['urgent', 'high', 'normal', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];
export const DEFAULT_PRIORITY: Priority = 'normal';

/** The queue takes 1 to 2^21 - 1; two bits of it are the word. */
const STEPS_PER_WORD = 2 ** 19;
const STEP_MS = 600_000;
const EPOCH_MS = Date.UTC(2026, 0, 1);
/** Rows of a batch that go with the time they were added. */
const HEAD_ROWS = 100;
const BULK_STEPS = 86_400_000 / STEP_MS;

/** `ordinal` is the place of a row among those of its batch, from 0. Steps of ten minutes last until 2035; later times count as equal. */
export function queuePriority(priority: Priority, addedAtMs: number, ordinal = 0): number {
  const steps = Math.floor((addedAtMs - EPOCH_MS) / STEP_MS) + (ordinal < HEAD_ROWS ? 0 : BULK_STEPS);
  const within = Math.min(Math.max(steps, 0), STEPS_PER_WORD - 2);
  return PRIORITIES.indexOf(priority) * STEPS_PER_WORD + within + 1;
}

/** The word of a number that {@link queuePriority} made. */
export function priorityWord(queueNumber: number): Priority {
  return PRIORITIES[Math.min(Math.floor((queueNumber - 1) / STEPS_PER_WORD), 3)] ?? DEFAULT_PRIORITY;
}

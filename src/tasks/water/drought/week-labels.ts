/** What a drought layer counts from its weekly labels (core-stack.md 3.9, points 5 and 6). Labels: 0 none, 1 mild, 2 moderate, 3 severe. */

export type DroughtLabel = 0 | 1 | 2 | 3;

/** Of one year. A week whose rain is not known has a null label and counts nowhere but in `totalWeeks`. */
export interface WeekCounts {
  totalWeeks: number;
  none: number;
  mild: number;
  moderate: number;
  severe: number;
  /** Weeks with a label of at least 0, 1, 2, 3. */
  frequency: [number, number, number, number];
  /** Mean of those labels; 0 when there is no such week. */
  intensity: [number, number, number, number];
}

const THRESHOLDS = [0, 1, 2, 3] as const;
/** A dry spell is one of four weeks, so a run of r weekly starts is r + 3 weeks long. */
const WEEKS_AFTER_START = 3;
/** The weeks before it that a week's label also takes from. */
const LOOK_BACK_WEEKS = 3;

/** Counts, frequencies and mean intensities of a year's labels. */
export function countWeeks(labels: readonly (number | null)[]): WeekCounts {
  const count = (label: number) => labels.filter((one) => one === label).length;
  const atLeast = THRESHOLDS.map((least) =>
    labels.filter((label): label is number => label !== null && label >= least),
  );
  return {
    totalWeeks: labels.length,
    none: count(0),
    mild: count(1),
    moderate: count(2),
    severe: count(3),
    frequency: atLeast.map((weeks) => weeks.length) as WeekCounts['frequency'],
    intensity: atLeast.map(meanOrZero) as WeekCounts['intensity'],
  };
}

/** A week's label: the worst of its own class and of the three weeks before it, from the onset on; null where all are. */
export function weeklyLabels(classes: readonly (DroughtLabel | null)[]): (DroughtLabel | null)[] {
  return classes.map((_, week) => {
    const known = classes
      .slice(Math.max(0, week - LOOK_BACK_WEEKS), week + 1)
      .filter((label): label is DroughtLabel => label !== null);
    return known.length === 0 ? null : (Math.max(...known) as DroughtLabel);
  });
}

/** Weeks of the longest dry spell: a run of r starts lasts r + 3 weeks; 0 without one. */
export function longestDrySpellWeeks(drySpells: readonly (boolean | null)[]): number {
  let longest = 0;
  let run = 0;
  for (const isDry of drySpells) {
    run = isDry === true ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest > 0 ? longest + WEEKS_AFTER_START : 0;
}

function meanOrZero(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

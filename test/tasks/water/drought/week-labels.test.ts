import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  countWeeks,
  type DroughtLabel,
  longestDrySpellWeeks,
  weeklyLabels,
} from '../../../../src/tasks/water/drought/week-labels.js';

const classes = fc.array(fc.constantFrom<DroughtLabel>(0, 1, 2, 3), { maxLength: 25 });

describe('week labels', () => {
  test('a week is as bad as the worst of itself and the three weeks before it', () => {
    expect(weeklyLabels([0, 2, 0, 0, 0, 0, 1])).toEqual([0, 2, 2, 2, 2, 0, 1]);
  });

  test('a week that is not known takes the label of those before it, and is not known without one', () => {
    expect(weeklyLabels([null, 1, null, null, null, null])).toEqual([null, 1, 1, 1, 1, null]);
  });

  test('labels are never lower than their classes, and the four counts add up to the weeks', () => {
    fc.assert(
      fc.property(classes, (weeks) => {
        const labels = weeklyLabels(weeks);
        for (const [week, label] of labels.entries()) expect(label).toBeGreaterThanOrEqual(weeks[week]!);
        const counts = countWeeks(labels);
        expect(counts.none + counts.mild + counts.moderate + counts.severe).toBe(counts.totalWeeks);
        expect(counts.frequency[0]).toBe(counts.totalWeeks);
        expect(counts.frequency[3]).toBe(counts.severe);
        for (const least of [1, 2, 3]) {
          expect(counts.frequency[least]).toBeLessThanOrEqual(counts.frequency[least - 1]!);
          if (counts.frequency[least]! > 0) expect(counts.intensity[least]).toBeGreaterThanOrEqual(least);
        }
      }),
    );
  });

  test('a run of r weeks with a dry spell lasts r + 3 weeks', () => {
    expect(longestDrySpellWeeks([false, true, true, false, true])).toBe(5);
    expect(longestDrySpellWeeks([false, null])).toBe(0);
    expect(longestDrySpellWeeks([])).toBe(0);
  });
});

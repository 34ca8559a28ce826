/** A part of the fault suite at a size for CI. The whole of it: `npm run conformance`. */
import { expect, it } from 'vitest';
import { runConformance } from '../../src/conformance/conformance.js';
import type { FaultReport, Servers } from '../../src/conformance/fault.js';
import type { Target } from '../../src/conformance/place.js';

const SMALL = { jobs: 60, outageMs: 2_500, leaseMs: 1_500 };
const SEED = Number(process.env.SEED ?? 1);
const TEST_MS = 240_000;

/** A test for each fault; it prints the seed, and where journal, accounts and logs are, when a promise is broken. */
export function itKeepsItsPromisesUnder(
  faults: readonly string[],
  given: () => { target: Target; servers?: Servers },
): void {
  it.each(faults)(
    `keeps its promises under %s (SEED=${SEED})`,
    async (fault) => {
      const reports = await runConformance({
        ...given(),
        sizes: SMALL,
        seed: SEED,
        only: [fault],
        signal: new AbortController().signal,
      });
      expect(reports).toHaveLength(1);
      expectKept(reports[0]!);
    },
    TEST_MS,
  );
}

function expectKept(report: FaultReport): void {
  const { fault, verdict, notes, complaints, evidence, jobs } = report;
  if (fault === 'disk-full' && process.getuid?.() !== 0) {
    expect({ verdict, notes }).toEqual({ verdict: 'left-out', notes: [expect.stringContaining('mounted')] });
    return;
  }
  expect(complaints, `evidence: ${evidence}`).toEqual([]);
  expect(report).toMatchObject({ verdict: 'kept', lost: 0, stuck: 0 });
  expect(jobs).toBeGreaterThanOrEqual(SMALL.jobs);
  expect(notes.filter((note) => note.startsWith('no lease was lost'))).toEqual([]);
  expect(report.ranTwice).toBeLessThanOrEqual(report.leasesLost);
}

/** Injects faults into real workers, producers and servers, and reconciles what they say happened with the ledger. */

import { UsageError } from '../core/error.js';
import { nearestName } from '../core/nearest-name.js';
import { check } from './check.js';
import { type Fault, type FaultReport, FULL_SIZE, type Servers, type Sizes } from './fault.js';
import { FAULTS } from './faults/all.js';
import type { History } from './history.js';
import { backendOf, newPlace, type Target } from './place.js';
import { randomOf, seedOf } from './random.js';
import { LeftOut, Stage } from './stage.js';

export interface ConformanceOptions {
  target: Target;
  /** Given to be harmed; the target's own URLs must be theirs. */
  servers?: Servers | undefined;
  /** Default: {@link FULL_SIZE}. */
  sizes?: Partial<Sizes> | undefined;
  seed: number;
  /** Names of faults; default all of the backend. */
  only?: readonly string[] | undefined;
  signal: AbortSignal;
  onBegin?: ((fault: Fault) => void) | undefined;
  onReport?: ((report: FaultReport) => void) | undefined;
}

const FEWEST_JOBS = 40;
const SHORTEST_LEASE_MS = 1_000;
const MET_NOTHING = 'no lease was lost: the fault met no running job, and proves little';

/**
 * One fault after the other, each in a throw-away place of its own. Never throws for a broken promise: that is a report.
 * @throws {UsageError} for a fault that there is not
 * @throws {BackendError} when the backend cannot be reached, or lets no throw-away place be made
 */
export async function runConformance(options: ConformanceOptions): Promise<FaultReport[]> {
  const sizes = { ...FULL_SIZE, ...options.sizes };
  if (sizes.jobs < FEWEST_JOBS || sizes.leaseMs < SHORTEST_LEASE_MS) {
    throw new UsageError(
      `${sizes.jobs} jobs with leases of ${sizes.leaseMs} ms are too few: each fault needs ${FEWEST_JOBS} jobs and ${SHORTEST_LEASE_MS} ms`,
      { code: 'CONFORMANCE_TOO_SMALL' },
    );
  }
  const reports: FaultReport[] = [];
  for (const fault of chosen(options)) {
    options.signal.throwIfAborted();
    options.onBegin?.(fault);
    const report = await inject(fault, { ...options, sizes });
    reports.push(report);
    options.onReport?.(report);
  }
  return reports;
}

function chosen({ target, only = [] }: ConformanceOptions): Fault[] {
  const backend = backendOf(target);
  const here = FAULTS.filter(({ backends }) => backends.includes(backend));
  const names = here.map(({ name }) => name);
  for (const name of only) {
    if (names.includes(name)) continue;
    const nearest = nearestName(name, names);
    throw new UsageError(`There is no fault "${name}" on ${backend}`, {
      code: 'FAULT_UNKNOWN',
      hint: nearest === undefined ? `there are: ${names.join(', ')}` : `did you mean ${nearest}?`,
      details: { found: name, known: names },
    });
  }
  return only.length === 0 ? here : here.filter(({ name }) => only.includes(name));
}

async function inject(
  fault: Fault,
  { target, servers = {}, sizes, seed, signal }: ConformanceOptions & { sizes: Sizes },
): Promise<FaultReport> {
  const report = emptyReport(fault, target, seed);
  if (fault.harms !== undefined && servers[fault.harms] === undefined) {
    return leftOut(report, `it would harm the ${fault.harms === 'redis' ? 'Redis' : 'PostgreSQL'} server`);
  }
  const beganAtMs = Date.now();
  const place = await newPlace(target, fault.name);
  const stage = new Stage({ place, sizes, random: randomOf(seedOf(seed, fault.name)), servers, signal });
  let history: History | undefined;
  try {
    await fault.run(stage);
    history = await stage.settle();
    Object.assign(report, check(history));
    if (fault.costsLeases === true && report.leasesLost === 0) report.notes.push(MET_NOTHING);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LeftOut) return leftOut(report, error.message);
    report.complaints.push(`the suite could not go on: ${(error as Error).message}`);
  } finally {
    await stage.close();
    report.complaints.push(...stage.complaints);
    report.notes.push(...stage.notes);
    report.elapsedMs = Date.now() - beganAtMs;
    if (report.verdict !== 'left-out' && report.complaints.length > 0) {
      report.verdict = 'broken';
      report.evidence = place.folder;
      stage.writeEvidence(history);
    }
    await place.remove({ keepFolder: report.evidence !== null }).catch((error: Error) => {
      report.notes.push(`the throw-away place could not be removed: ${error.message}`);
    });
  }
  return report;
}

function leftOut(report: FaultReport, why: string): FaultReport {
  report.verdict = 'left-out';
  report.notes = [why];
  return report;
}

function emptyReport({ name, title }: Fault, target: Target, seed: number): FaultReport {
  return {
    fault: name,
    title,
    backend: backendOf(target),
    verdict: 'kept',
    jobs: 0,
    lost: 0,
    ranTwice: 0,
    leasesLost: 0,
    stuck: 0,
    recoveryMs: null,
    elapsedMs: 0,
    seed,
    complaints: [],
    notes: [],
    evidence: null,
  };
}

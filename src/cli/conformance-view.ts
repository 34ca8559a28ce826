/** The fault suite in a terminal: a line when a fault begins, a table at the end, the report in a file. */
import { writeFileSync } from 'node:fs';
import { packageVersion } from '../config/package-version.js';
import { runConformance } from '../conformance/conformance.js';
import { type FaultReport, FULL_SIZE, type Servers, type Sizes } from '../conformance/fault.js';
import type { Target } from '../conformance/place.js';
import { type ConformanceReport, recovery, toMarkdown } from '../conformance/report.js';
import { plural } from '../core/text.js';
import { EXIT } from './exit-code.js';
import { printable } from './printable.js';
import { listenForStop } from './stop-signal.js';
import { table } from './table.js';

export interface ConformanceViewOptions {
  target: Target;
  servers?: Servers;
  /** For people; secrets hidden. */
  label: string;
  sizes: Partial<Sizes>;
  seed: number | undefined;
  only: readonly string[];
  out: string | undefined;
  json: boolean;
  quiet: boolean;
}

/** Returns the exit code: 5 when a promise was broken. */
export async function conformanceView(options: ConformanceViewOptions): Promise<number> {
  const say = (message: string): void => {
    if (!options.quiet) process.stderr.write(`${printable(message)}\n`);
  };
  const stop = listenForStop(() => say('Stopping: the throw-away place is removed first.'));
  const startedAt = new Date();
  const sizes = { ...FULL_SIZE, ...options.sizes };
  const seed = options.seed ?? startedAt.getTime() % 1_000_000;
  try {
    say(`Seed ${seed}, ${sizes.jobs} jobs a fault, on ${options.label}`);
    const faults = await runConformance({
      ...options,
      sizes,
      seed,
      signal: stop.signal,
      onBegin: ({ name, title }) => say(`${name}: ${title} …`),
      onReport: (report) => say(`  ${inOneLine(report)}`),
    });
    const report: ConformanceReport = {
      version: packageVersion(),
      node: process.versions.node,
      backend: options.label,
      startedAt: startedAt.toISOString(),
      elapsedMs: Date.now() - startedAt.getTime(),
      seed,
      sizes,
      ok: faults.every(({ verdict }) => verdict !== 'broken'),
      faults,
    };
    return tellConformance(report, options, (text) => process.stdout.write(text));
  } catch (error) {
    if (stop.signal.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    stop.release();
  }
}

/** Returns the exit code. */
export function tellConformance(
  report: ConformanceReport,
  { out, json }: { out: string | undefined; json: boolean },
  write: (text: string) => void,
): number {
  if (out !== undefined) {
    // JSON by its name, else Markdown.
    writeFileSync(out, out.endsWith('.json') ? `${JSON.stringify(report, null, 2)}\n` : toMarkdown(report));
  }
  write(`${json ? JSON.stringify(report, null, 2) : renderConformance(report)}\n`);
  return report.ok ? EXIT.done : EXIT.someFailed;
}

function renderConformance({ faults, seed, ok }: ConformanceReport): string {
  const number = (of: (report: FaultReport) => number) => (report: FaultReport) =>
    report.verdict === 'left-out' ? '' : String(of(report));
  const rows = table(faults, [
    { head: 'FAULT', value: ({ fault }) => fault },
    { head: 'JOBS', value: number(({ jobs }) => jobs), right: true },
    { head: 'LOST', value: number(({ lost }) => lost), right: true },
    { head: 'TWICE', value: number(({ ranTwice }) => ranTwice), right: true },
    { head: 'LEASES LOST', value: number(({ leasesLost }) => leasesLost), right: true },
    { head: 'STUCK', value: number(({ stuck }) => stuck), right: true },
    { head: 'RECOVERY', value: recovery, right: true },
    { head: 'VERDICT', value: ({ verdict }) => verdict },
  ]);
  const said = faults.flatMap(({ fault, complaints, notes, evidence }) =>
    [...complaints, ...notes, ...(evidence === null ? [] : [`kept in ${evidence}`])].map((line) =>
      printable(`${fault}: ${line}`),
    ),
  );
  const broken = faults.filter(({ verdict }) => verdict === 'broken').length;
  const end = ok
    ? `Every promise kept (seed ${seed}).`
    : `${plural(broken, 'fault')} broke a promise. Again: jobs conformance --seed ${seed} --only NAME`;
  return [rows, '', ...said, ...(said.length > 0 ? [''] : []), end].join('\n');
}

function inOneLine(report: FaultReport): string {
  const { verdict, jobs, lost, ranTwice, leasesLost, stuck, complaints, notes } = report;
  if (verdict === 'left-out') return `left out: ${notes[0]}`;
  const counts = `${jobs} jobs, ${lost} lost, ${ranTwice} ran twice, ${leasesLost} leases lost, ${stuck} stuck`;
  return `${verdict}: ${counts}, recovery ${recovery(report) || 'none needed'}${complaints.length > 0 ? `; ${complaints[0]}` : ''}`;
}

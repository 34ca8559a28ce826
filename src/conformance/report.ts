/** The report as a Markdown page: what was done, what was found, how to run it again. */
import type { FaultReport, Sizes } from './fault.js';

export interface ConformanceReport {
  version: string;
  node: string;
  /** Of what the jobs and the ledger live in; secrets hidden. */
  backend: string;
  startedAt: string;
  elapsedMs: number;
  seed: number;
  sizes: Sizes;
  ok: boolean;
  faults: FaultReport[];
}

const VERDICTS = { kept: 'kept', broken: '**BROKEN**', 'left-out': 'left out' } as const;

export function toMarkdown(report: ConformanceReport): string {
  const { sizes, faults } = report;
  const ran = faults.filter(({ verdict }) => verdict !== 'left-out');
  const broken = ran.filter(({ verdict }) => verdict === 'broken');
  const said = faults.flatMap(({ fault, complaints, notes, evidence }) => [
    ...complaints.map((complaint) => `- **${fault}**: ${complaint}`),
    ...notes.map((note) => `- ${fault}: ${note}`),
    ...(evidence === null ? [] : [`- ${fault}: journal, accounts and logs are in ${evidence}`]),
  ]);
  return [
    `# Conformance: ${broken.length === 0 ? 'every promise kept' : `${broken.length} of ${ran.length} faults broke a promise`}`,
    '',
    `sluice ${report.version}, Node ${report.node}, ${report.backend}. Begun ${report.startedAt}, ${seconds(report.elapsedMs)}.`,
    `At least ${sizes.jobs} jobs a fault, outages of ${seconds(sizes.outageMs)}, leases of ${seconds(sizes.leaseMs)}, seed ${report.seed}.`,
    '',
    '| fault | what was done | jobs | lost | ran twice | leases lost | stuck | recovery | verdict |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |',
    ...faults.map(toRow),
    ...(said.length === 0 ? [] : ['', ...said]),
    '',
    `One fault again: \`jobs conformance --only NAME --seed ${report.seed} --jobs ${sizes.jobs}\`.`,
    '',
  ].join('\n');
}

function toRow(fault: FaultReport): string {
  const { jobs, lost, ranTwice, leasesLost, stuck } = fault;
  const numbers =
    fault.verdict === 'left-out'
      ? ['', '', '', '', '', '']
      : [...[jobs, lost, ranTwice, leasesLost, stuck].map(String), recovery(fault)];
  return `| ${[fault.fault, fault.title, ...numbers, VERDICTS[fault.verdict]].join(' | ')} |`;
}

export function recovery({ recoveryMs }: FaultReport): string {
  return recoveryMs === null ? '' : seconds(recoveryMs);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

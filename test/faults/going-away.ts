/** A server goes away under `jobs run` and comes back: the run waits, says so, goes on, and its story adds up. */
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { TestBackend } from '../helpers/backends.js';
import { collect, killStartedJobs, startJobs } from '../helpers/jobs.js';
import { newProject } from '../helpers/project.js';
import { expectAgreement, JOURNAL, journalOf, sheetOf, until } from './journal.js';
import type { PrivateServer } from './private-servers.js';

/** 20 for the real thing; short in CI, with leases as short. */
const FAULT_SECONDS = Number(process.env.FAULT_SECONDS ?? 3);
const LEASE_MS = FAULT_SECONDS < 10 ? '2000' : '15000';
const ROWS = 150;
/** Silence is noticed later than a closed connection. */
const NOTICED_SILENCE_SECONDS = 15;
const TEST_MS = (FAULT_SECONDS * 3 + 90) * 1000;

export interface Fault {
  title: string;
  server: PrivateServer;
  begin(server: PrivateServer): Promise<void> | void;
  /** Absent: the fault is over as soon as it has begun. */
  end?(server: PrivateServer): Promise<void> | void;
  /** What stderr says when it begins and when it is over. */
  says?: { down: RegExp; up: RegExp };
}

export const FAULTS: readonly Omit<Fault, 'server' | 'says'>[] = [
  { title: 'is killed and started again', begin: (server) => server.kill(), end: (server) => server.start() },
  { title: 'freezes', begin: (server) => server.freeze(), end: (server) => server.thaw() },
  { title: 'cuts every connection', begin: (server) => server.cutConnections() },
];

let runs = 0;

/** Runs a batch on `env` with the fault in its middle. */
export async function expectToSurvive(
  backend: TestBackend,
  env: Record<string, string>,
  fault: Fault,
): Promise<void> {
  runs += 1;
  const project = newProject(backend, { journal: JOURNAL });
  const journal = project.write(`journal-${runs}.txt`, '');
  const sheet = project.write(`rows-${runs}.csv`, sheetOf(ROWS));
  const perRowMs = Math.round((FAULT_SECONDS * 1000 * 4) / 60 + 20);
  const child = startJobs(
    [
      'run',
      'journal',
      sheet,
      '--set',
      `file=${journal}`,
      '--set',
      `ms=${perRowMs}`,
      '--concurrency',
      '4',
      '--json',
    ],
    { cwd: backend.folder, env: { ...env, JOBS_LEASE_MS: LEASE_MS } },
  );
  const ended = collect(child);
  let stderr = '';
  child.stderr!.on('data', (text: string) => {
    stderr += text;
  });
  await until('rows run', () => journalOf(journal).length >= 20);
  await fault.begin(fault.server);
  if (fault.end !== undefined) {
    await wait(FAULT_SECONDS * 1000);
    await fault.end(fault.server);
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), TEST_MS - 10_000);
  const result = await ended.finally(() => clearTimeout(timer));
  expect(result.exitCode, `${result.stdout}\n${result.stderr}`).toBe(5);
  expectFewWords(stderr, fault);
  const toolkit = await openOn(backend, env);
  try {
    await expectAgreement(toolkit, JSON.parse(result.stdout).batch, journal, ROWS);
  } finally {
    await toolkit.close();
  }
}

function expectFewWords(stderr: string, { says, title }: Fault): void {
  const lines = stderr.split('\n').filter((line) => line !== '' && !/^(Batch b_|\d+ % of)/.test(line));
  const unsaid = title === 'freezes' && FAULT_SECONDS < NOTICED_SILENCE_SECONDS;
  if (says !== undefined && !unsaid) {
    expect(
      lines.filter((line) => says.down.test(line)),
      stderr,
    ).toHaveLength(1);
    expect(
      lines.filter((line) => says.up.test(line)),
      stderr,
    ).toHaveLength(1);
  }
  expect(lines.length, stderr).toBeLessThanOrEqual(6);
}

async function openOn(backend: TestBackend, env: Record<string, string>) {
  return newProject({ ...backend, env }, {}).open();
}

export function itSurvives(title: string, work: () => Promise<void>): void {
  it(title, () => work().finally(killStartedJobs), TEST_MS);
}

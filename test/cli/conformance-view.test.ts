import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { tellConformance } from '../../src/cli/conformance-view.js';
import type { FaultReport } from '../../src/conformance/fault.js';
import type { ConformanceReport } from '../../src/conformance/report.js';

const KEPT: FaultReport = {
  fault: 'kill-mid-run',
  title: 'kill -9 of a worker in the middle of a job',
  backend: 'redis',
  verdict: 'kept',
  jobs: 1_000,
  lost: 0,
  ranTwice: 12,
  leasesLost: 14,
  stuck: 0,
  recoveryMs: 21_340,
  elapsedMs: 60_000,
  seed: 7,
  complaints: [],
  notes: [],
  evidence: null,
};
const BROKEN: FaultReport = {
  ...KEPT,
  fault: 'kill-before-ack',
  verdict: 'broken',
  lost: 1,
  complaints: ['b_1-5 was acknowledged and is nowhere'],
  evidence: '/tmp/kept-for-you',
};
const LEFT_OUT: FaultReport = {
  ...KEPT,
  fault: 'redis-killed',
  verdict: 'left-out',
  recoveryMs: null,
  notes: ['it would harm the Redis server'],
};

function reportOf(faults: FaultReport[]): ConformanceReport {
  return {
    version: '1.0.0',
    node: '22.0.0',
    backend: 'redis://host',
    startedAt: '2026-11-21T00:00:00.000Z',
    elapsedMs: 120_000,
    seed: 7,
    sizes: { jobs: 1_000, outageMs: 40_000, leaseMs: 15_000 },
    ok: faults.every(({ verdict }) => verdict !== 'broken'),
    faults,
  };
}

describe('the report of the fault suite', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-report-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function told(report: ConformanceReport, more: { out?: string; json?: boolean } = {}) {
    let text = '';
    const exitCode = tellConformance(report, { out: more.out, json: more.json ?? false }, (part) => {
      text += part;
    });
    return { exitCode, text };
  }

  it('ends with 0 when every promise was kept, whatever was left out', () => {
    const { exitCode, text } = told(reportOf([KEPT, LEFT_OUT]));
    expect(exitCode).toBe(0);
    expect(text).toMatch(/^kill-mid-run +1000 +0 +12 +14 +0 +21\.3 s +kept$/m);
    expect(text).toMatch(/^redis-killed +left-out$/m);
    expect(text).toContain('redis-killed: it would harm the Redis server');
    expect(text).toContain('Every promise kept (seed 7).');
  });

  it('ends with 5 when one was broken, and says which, how, and where the evidence is', () => {
    const { exitCode, text } = told(reportOf([KEPT, BROKEN]));
    expect(exitCode).toBe(5);
    expect(text).toContain('kill-before-ack: b_1-5 was acknowledged and is nowhere');
    expect(text).toContain('kill-before-ack: kept in /tmp/kept-for-you');
    expect(text).toContain('1 fault broke a promise. Again: jobs conformance --seed 7 --only NAME');
  });

  it('is a page of Markdown, or JSON where the name of the file says so', () => {
    const report = reportOf([KEPT, BROKEN, LEFT_OUT]);
    const page = path.join(folder, 'report.md');
    const json = path.join(folder, 'report.json');
    told(report, { out: page });
    told(report, { out: json });
    expect(JSON.parse(readFileSync(json, 'utf8'))).toEqual(report);
    expect(JSON.parse(told(report, { json: true }).text)).toEqual(report);
    const text = readFileSync(page, 'utf8');
    expect(text).toMatch(/^# Conformance: 1 of 2 faults broke a promise$/m);
    expect(text).toMatch(
      /^\| kill-before-ack \| .* \| 1000 \| 1 \| 12 \| 14 \| 0 \| 21\.3 s \| \*\*BROKEN\*\* \|$/m,
    );
    expect(text).toMatch(/^- \*\*kill-before-ack\*\*: b_1-5 was acknowledged and is nowhere$/m);
    expect(text).toContain('`jobs conformance --only NAME --seed 7 --jobs 1000`');
  });
});

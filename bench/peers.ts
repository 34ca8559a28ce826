/**
 * `jobs` beside BullMQ with nothing around it, Celery and RQ, all on one Redis (append-only file, synced every second):
 * how many jobs a second are added and worked, and what processor time a job takes in the tool's own processes, in
 * Redis and in PostgreSQL. The jobs are no-ops, and 5 ms of computing: a loop whose length is measured first, in Node and in
 * Python apart. Celery and RQ are Debian's; sides that are not installed and cannot be are left out, and it says so.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench, BenchRow } from './bench.js';
import { median } from './median.js';
import { measureDrain, measureEnqueue, type Part, type Rate, type Run } from './peers/measure.js';
import { celery, PEERS, PYTHON, SIDES, type Side, type Work } from './peers/sides.js';

const ROUNDS = 3;
const BURN_MS = 5;
const CALIBRATIONS = 3;
const FEWEST_JOBS = 100;
const PACKAGES = ['python3-celery', 'python3-rq', 'python3-redis'];
const SERVICES = fileURLToPath(new URL('../test/services', import.meta.url));

type Phase = 'enqueue' | 'drain';
type Rates = Record<Work, Record<Phase, Rate[]>>;

const peers: Bench = async ({ redisUrl, postgresUrl, folder, scale }) => {
  const sides = presentSides();
  const loops = calibrate(sides.some(({ needs }) => needs !== undefined));
  const measured = new Map<Side, Rates>(sides.map((side) => [side, noRates()]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const work of ['noop', 'burn'] as const) {
      // Each round begins with another side, so that none always follows the same one.
      for (const side of rotated(sides, round * 2)) {
        const run = (jobs: number, phase: string): Run => ({
          side,
          work,
          count: Math.max(Math.round(jobs * scale), FEWEST_JOBS),
          loops: work === 'noop' ? 0 : side.needs === undefined ? loops.node : loops.python,
          redisUrl,
          postgresUrl,
          folder: path.join(folder, `peers-${round}-${work}-${sides.indexOf(side)}-${phase}`),
        });
        const { enqueue, drain } = measured.get(side)![work];
        if (side.addedBy !== undefined) enqueue.push(await measureEnqueue(run(side.jobs.added, 'enqueue')));
        drain.push(await measureDrain(run(side.jobs[work], 'drain')));
      }
    }
  }
  const tables = (['noop', 'burn'] as const).flatMap((work) =>
    (['enqueue', 'drain'] as const).map((phase) => tableOf(work, phase, measured)),
  );
  return tables.flat();
};

export default peers;

function presentSides(): Side[] {
  const missing = () => (['celery', 'rq'] as const).filter((module) => !canImport(module));
  if (missing().length > 0) {
    // On Debian, as root, it installs them; elsewhere it prints how to.
    spawnSync(SERVICES, ['install', ...PACKAGES], { stdio: 'inherit' });
  }
  const leftOut = missing();
  for (const module of leftOut) {
    console.log(`Left out: ${module}, as ${PYTHON} has no module of that name.\n`);
  }
  return SIDES.filter(({ needs }) => needs === undefined || !leftOut.includes(needs));
}

function canImport(module: string): boolean {
  return spawnSync(PYTHON, ['-c', `import ${module}, redis`], { stdio: 'ignore' }).status === 0;
}

/** Loops that take 5 ms of processor time; says what each language's own clock then shows. */
function calibrate(hasPython: boolean): { node: number; python: number } {
  const runs = Array.from({ length: CALIBRATIONS }, () => ({
    node: calibration(process.execPath, 'calibrate.mjs'),
    python: hasPython ? calibration(PYTHON, 'calibrate.py') : undefined,
  }));
  const node = runs.map((run) => run.node);
  const python = runs.flatMap((run) => run.python ?? []);
  const checked = (of: Calibration[]) => `${median(of.map(({ checkedMs }) => checkedMs)).toFixed(2)} ms`;
  console.log(
    `The ${BURN_MS} ms job by its process's own clock: Node ${checked(node)}` +
      (hasPython ? `, Python ${checked(python)}\n` : '\n'),
  );
  const loops = (of: Calibration[]) => (of.length === 0 ? 0 : Math.round(median(of.map((run) => run.loops))));
  return { node: loops(node), python: loops(python) };
}

interface Calibration {
  loops: number;
  checkedMs: number;
}

function calibration(program: string, file: string): Calibration {
  const { status, stdout, stderr } = spawnSync(program, [path.join(PEERS, file), String(BURN_MS)], {
    encoding: 'utf8',
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  if (status !== 0) throw new Error(`${file} ended with ${status}\n${stderr}`);
  return JSON.parse(stdout) as Calibration;
}

function noRates(): Rates {
  return { noop: { enqueue: [], drain: [] }, burn: { enqueue: [], drain: [] } };
}

function rotated<T>(values: readonly T[], by: number): T[] {
  const first = by % values.length;
  return [...values.slice(first), ...values.slice(0, first)];
}

function tableOf(work: Work, phase: Phase, measured: ReadonlyMap<Side, Rates>): BenchRow[] {
  const peer = measured.get(celery)?.[work][phase];
  return [...measured].flatMap(([side, { [work]: rates }]) => {
    const how = phase === 'enqueue' ? side.addedBy : side.workedBy[work];
    if (how === undefined) return [];
    return [
      {
        what: `${work === 'noop' ? 'no-op' : `${BURN_MS} ms`}, ${phase}, **${side.name}**: ${how}`,
        value: inWords(rates[phase], side),
        ...(peer && { ratio: ratioOf(rates[phase], peer) }),
      },
    ];
  });
}

function inWords(rates: readonly Rate[], side: Side): string {
  const parts = (['program', 'redis', ...(side.usesDatabase ? ['postgres' as const] : [])] as const).map(
    (part) => `${PART_NAMES[part]} ${whole(median(rates.map((rate) => rate.cpuUs[part])))}`,
  );
  return `${inRange(rates.map((rate) => rate.perSecond))} jobs/s; CPU ${inRange(rates.map(totalUs))} µs/job: ${parts.join(', ')}`;
}

const PART_NAMES: Record<Part, string> = { program: 'its own', redis: 'Redis', postgres: 'PostgreSQL' };

function inRange(values: readonly number[]): string {
  return `${whole(median(values))} (${whole(Math.min(...values))}–${whole(Math.max(...values))})`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Of each round to the peer in the same round, as their median. */
function ratioOf(rates: readonly Rate[], peer: readonly Rate[]): string {
  const times = (of: (rate: Rate) => number) =>
    median(rates.map((rate, round) => of(rate) / of(peer[round]!))).toFixed(2);
  return `rate ${times((rate) => rate.perSecond)}, CPU ${times(totalUs)}`;
}

function totalUs({ cpuUs }: Rate): number {
  return cpuUs.program + cpuUs.redis + cpuUs.postgres;
}

/** What can happen to a worker: killed at the worst moments, frozen, blocked, with a wrong clock. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { BACKENDS, type Fault } from '../fault.js';
import { type Point, SHIFTED_CLOCK, type TASKS } from '../project.js';
import type { Stage } from '../stage.js';

const HOUR_MS = 3_600_000;
/** How long the load would take with no fault, in leases: kills must meet work. */
const SPAN_LEASES = 2;

export const WORKER_FAULTS: readonly Fault[] = [
  strikes('kill-after-fetch', 'kill -9 of a worker that has fetched a job and not begun it', {
    point: 'after-fetch',
  }),
  strikes('kill-mid-run', 'kill -9 of a worker in the middle of a job', { point: 'mid-run' }),
  strikes('kill-after-effect', 'kill -9 of a worker after an effect of ctx.once', { point: 'after-effect' }),
  strikes('kill-before-ack', 'kill -9 of a worker when the code has returned and nothing may be recorded', {
    point: 'before-ack',
  }),
  strikes('kill-in-thread', 'kill -9 of a worker while its threads run jobs', {
    point: 'mid-run',
    task: 'thread',
  }),
  strikes('kill-in-process', 'kill -9 of a process that runs a job for its worker', {
    point: 'mid-run',
    task: 'process',
  }),
  {
    name: 'kill-in-shutdown',
    title: 'kill -9 of workers while they stop',
    backends: BACKENDS,
    costsLeases: true,
    async run(stage) {
      await stage.begin({ spanMs: SPAN_LEASES * stage.sizes.leaseMs });
      for (const share of [0.1, 0.3, 0.5]) {
        await stage.untilBegun(share);
        await stage.during(async () => {
          const worker = await stage.pickWorker();
          worker.signal('SIGTERM');
          await stage.pause(stage.random.between(0, 400));
          worker.signal('SIGKILL');
        });
      }
    },
  },
  {
    name: 'frozen-past-lease',
    title: 'SIGSTOP of a worker until its leases have run out, then SIGCONT',
    backends: BACKENDS,
    costsLeases: true,
    async run(stage) {
      const frozenMs = Math.max(stage.sizes.outageMs, 2 * stage.sizes.leaseMs);
      await stage.begin({ spanMs: frozenMs });
      await stage.untilBegun(0.1 + stage.random.next() * 0.2);
      const worker = await stage.pickWorker();
      await stage.during(async () => {
        worker.signal('SIGSTOP');
        await stage.pause(frozenMs);
        worker.signal('SIGCONT');
      });
    },
  },
  {
    name: 'blocked-loop',
    title: 'a job blocks the event loop of its worker for longer than the lease',
    backends: BACKENDS,
    costsLeases: true,
    async run(stage) {
      const blockMs = Math.max(stage.sizes.outageMs, 2 * stage.sizes.leaseMs);
      const workerEnv = {
        CONFORMANCE_POINT: 'block',
        CONFORMANCE_BLOCK_MS: String(blockMs),
        CONFORMANCE_VICTIMS: stage.victims(2),
      };
      await stage.begin({ spanMs: blockMs / 2, workerEnv });
    },
  },
  {
    name: 'clock-moved',
    title: 'workers whose clocks are an hour ahead and an hour behind',
    backends: BACKENDS,
    costsLeases: true,
    async run(stage) {
      await stage.begin({ spanMs: stage.sizes.leaseMs, workers: 1 });
      for (const shiftMs of [HOUR_MS, -HOUR_MS]) {
        stage.startWorker(8, {
          NODE_OPTIONS: `--import=${pathToFileURL(path.join(stage.place.folder, SHIFTED_CLOCK)).href}`,
          CONFORMANCE_SHIFT_MS: String(shiftMs),
        });
      }
      // A lease that is lost between clocks that disagree.
      await stage.untilBegun(0.2 + stage.random.next() * 0.2);
      const worker = await stage.pickWorker();
      await stage.during(() => worker.signal('SIGKILL'));
    },
  },
];

/** Some rows kill the worker that runs them, each once; the worker is started again. */
function strikes(
  name: string,
  title: string,
  { point, task = 'inline' }: { point: Point; task?: keyof typeof TASKS },
): Fault {
  return {
    name,
    title,
    backends: BACKENDS,
    costsLeases: name !== 'kill-in-process',
    async run(stage: Stage) {
      const workerEnv = {
        CONFORMANCE_POINT: point,
        // A thread is its worker's own process; only what runs in a process can be killed alone.
        CONFORMANCE_WHO: name === 'kill-in-process' ? 'isolate' : 'worker',
        CONFORMANCE_VICTIMS: stage.victims(Math.min(5, Math.ceil(stage.sizes.jobs / 30))),
      };
      await stage.begin({ spanMs: SPAN_LEASES * stage.sizes.leaseMs, task, workerEnv });
    },
  };
}

/** Adds jobs with one side's producer, then works them with its workers, and reads time and processor time of both. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import pg from 'pg';
import { cpuUsOf, parentOf } from './cpu.js';
import { folderOf, type Look, type Side, type Work } from './sides.js';

export interface Rate {
  perSecond: number;
  /** Processor time of a job, user and system, µs. */
  cpuUs: Record<Part, number>;
}

/** `program`: the producer, or the workers with all their processes. `postgres`: 0 where it is not used. */
export type Part = 'program' | 'redis' | 'postgres';

export interface Run {
  side: Side;
  work: Work;
  count: number;
  /** Of one job; 0 for a no-op. */
  loops: number;
  redisUrl: string;
  postgresUrl: string;
  /** The run's own, made when it is needed. */
  folder: string;
}

const LOOK_EVERY_MS = 10;
const DRAIN_DEADLINE_MS = 300_000;
const STOP_DEADLINE_MS = 15_000;

/** From the word to a producer that has started until its last job is queued. @throws {Error} when it fails */
export function measureEnqueue(run: Run): Promise<Rate> {
  return inFreshPlace(run, (place) => fill(run, place));
}

/**
 * From the first look that finds a job ended to the first that finds none left: starting is left out.
 * @throws {Error} when a program fails, a job fails, or jobs are left after 5 minutes
 */
export function measureDrain(run: Run): Promise<Rate> {
  return inFreshPlace(run, async (place) => {
    await fill(run, place);
    const look = await run.side.watch(place.redis);
    const { left } = await look();
    if (left !== run.count)
      throw new Error(`${run.side.name}: ${left} jobs are queued, expected ${run.count}`);
    const pids = run.side.workers(run.work).map((command) => place.programs.start(command).pid!);
    const begun = await lookUntil(look, (count) => count < run.count, run, place.programs);
    if (begun === 0) throw new Error(`${run.side.name} was done before the first look: raise BENCH_SCALE`);
    const first = sample(run.count - begun, pids, place.servers);
    await lookUntil(look, (count) => count === 0, run, place.programs);
    return rateBetween(first, sample(run.count, pids, place.servers));
  });
}

interface Place {
  redis: Redis;
  programs: Programs;
  servers: Servers;
}

/** An empty Redis and an empty database: no run finds what another has left. */
async function inFreshPlace<T>(run: Run, work: (place: Place) => Promise<T>): Promise<T> {
  const { side, redisUrl, postgresUrl } = run;
  const redis = new Redis(redisUrl);
  const database = side.usesDatabase && (await makeDatabase(postgresUrl));
  const env = side.env({ redisUrl, postgresUrl: database?.url ?? postgresUrl });
  const programs = new Programs(folderOf(side, run.folder), env);
  try {
    await redis.flushdb();
    const servers = { redis: await pidOf(redis), postgres: database?.pid };
    return await work({ redis, programs, servers });
  } finally {
    await programs.stop();
    await database?.drop();
    redis.disconnect();
  }
}

async function fill({ side, work, count, loops }: Run, { programs, servers }: Place): Promise<Rate> {
  const producer = programs.start(side.producer(work, count, loops));
  const lines = createInterface({ input: producer.stdout! })[Symbol.asyncIterator]();
  await expectLine(lines, 'ready', programs);
  const before = sample(0, [producer.pid!], servers);
  producer.stdin!.write('go\n');
  await expectLine(lines, 'done', programs);
  const after = sample(count, [producer.pid!], servers);
  const ended = once(producer, 'exit');
  producer.stdin!.end();
  await ended;
  programs.check();
  return rateBetween(before, after);
}

/** None left must be seen twice in a row: between two lists of its tool a job is on neither. */
async function lookUntil(
  look: Look,
  isReached: (left: number) => boolean,
  { side, work }: Run,
  programs: Programs,
): Promise<number> {
  const deadline = performance.now() + DRAIN_DEADLINE_MS;
  const stop = (problem: string): never => {
    throw new Error(`${side.name}, ${work}: ${problem}\n${programs.output}`);
  };
  for (;;) {
    const { left, failed } = await look();
    programs.check();
    if (failed > 0) stop(`${failed} jobs failed`);
    if (isReached(left) && (left > 0 || (await look()).left === 0)) return left;
    if (performance.now() > deadline) stop(`${left} jobs are left after ${DRAIN_DEADLINE_MS / 1000} s`);
    await new Promise((again) => setTimeout(again, LOOK_EVERY_MS));
  }
}

interface Sample {
  ended: number;
  atMs: number;
  cpuUs: Record<Part, number>;
}

function sample(ended: number, programs: readonly number[], { redis, postgres }: Servers): Sample {
  const trees = { program: programs, redis: [redis], postgres: postgres === undefined ? [] : [postgres] };
  return { ended, atMs: performance.now(), cpuUs: cpuUsOf(trees) };
}

function rateBetween(first: Sample, last: Sample): Rate {
  const jobs = last.ended - first.ended;
  const each = (part: Part): number => (last.cpuUs[part] - first.cpuUs[part]) / jobs;
  return {
    perSecond: (jobs * 1000) / (last.atMs - first.atMs),
    cpuUs: { program: each('program'), redis: each('redis'), postgres: each('postgres') },
  };
}

/** Process ids. */
interface Servers {
  redis: number;
  /** Undefined when the side does not use it. */
  postgres: number | undefined;
}

async function pidOf(redis: Redis): Promise<number> {
  return Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]);
}

let databases = 0;

/** `pid`: of the server's first process. */
async function makeDatabase(
  postgresUrl: string,
): Promise<{ url: string; pid: number; drop: () => Promise<unknown> }> {
  databases += 1;
  const name = `peers_${databases}`;
  const pid = await withPostgres(postgresUrl, async (client) => {
    await client.query(`CREATE DATABASE ${name}`);
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return parentOf(rows[0]!.pid);
  });
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  const drop = () =>
    withPostgres(postgresUrl, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
  return { url: url.href, pid, drop };
}

async function withPostgres<T>(
  connectionString: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The processes of one run, and what they print. */
class Programs {
  output = '';
  readonly #cwd: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #running = new Set<ChildProcess>();
  #problem: string | undefined;

  constructor(cwd: string, env: Record<string, string>) {
    this.#cwd = cwd;
    this.#env = { ...process.env, ...env, PYTHONDONTWRITEBYTECODE: '1' };
  }

  /** It dies with the bench, however that ends. */
  start(command: string[]): ChildProcess {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], {
      cwd: this.#cwd,
      env: this.#env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#running.add(child);
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    child.once('error', (error) => {
      this.#problem = error.message;
    });
    child.once('exit', (code) => {
      this.#running.delete(child);
      if (code !== 0) this.#problem ??= `${command.join(' ')} ended with ${code}`;
    });
    return child;
  }

  /** @throws {Error} when one has failed, or has printed an error of a job */
  check(): void {
    if (this.#problem !== undefined) throw new Error(`${this.#problem}\n${this.output}`);
  }

  /** What does not end when told to is killed. */
  async stop(): Promise<void> {
    await Promise.all(
      [...this.#running].map(async (child) => {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        const killer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
        await ended;
        clearTimeout(killer);
      }),
    );
  }

  #hear(text: string): void {
    this.output += text;
    if (/^Traceback /m.test(text)) this.#problem ??= 'A job or a program raised an error';
  }
}

async function expectLine(lines: AsyncIterator<string>, word: string, programs: Programs): Promise<void> {
  const { value } = await lines.next();
  programs.check();
  if (value !== word) {
    throw new Error(`The producer said ${value ?? 'nothing'}, expected ${word}\n${programs.output}`);
  }
}

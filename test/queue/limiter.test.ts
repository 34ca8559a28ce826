import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Rate } from '../../src/core/rate.js';
import { type Database, openDatabase } from '../../src/database/database.js';
import { type RateLimiter, type Turn, Turns } from '../../src/queue/limiter.js';
import { queueTables } from '../../src/queue/queue-tables.js';
import { Queues } from '../../src/queue/queues.js';
import { describeOnEachBackend, type TestBackend } from '../helpers/backends.js';

const PROGRAM = fileURLToPath(new URL('./programs/take-turns.mjs', import.meta.url));

describeOnEachBackend('a rate limit', (backend) => {
  let database: Database;
  let queues: Queues;
  let limiter: RateLimiter;

  beforeAll(async () => {
    database = await openDatabase({ queueTables, url: backend.databaseUrl, stateDir: backend.folder });
    queues = new Queues({ database, redisUrl: backend.redisUrl, installation: async () => 'limiter' });
    limiter = queues.limiter;
  });
  afterAll(async () => {
    await queues?.close();
    await database?.close();
  });
  afterEach(killPrograms);

  it('lets the first in, and a tenth of its duration ahead of the even pace', async () => {
    const rate = { count: 20, perMs: 60_000 };
    const turns = await takeMany(limiter, 'ahead', rate, 6);
    expect(turns.map(({ ok }) => ok)).toEqual([true, true, true, false, false, false]);
  });

  it('promises the others turns at the even pace, and when to come back', async () => {
    const before = Date.now();
    const turns = (await takeMany(limiter, 'pace', { count: 10, perMs: 10_000 }, 6)).filter(isRefused);
    const promised = turns.map(({ turnAtMs }) => turnAtMs!);
    const gaps = promised.slice(1).map((at, index) => at - promised[index]!);
    expect(turns.length).toBeGreaterThanOrEqual(3);
    for (const gap of gaps) expect(gap).toBeCloseTo(1000, 0);
    for (const [index, { retryAtMs }] of turns.entries()) {
      expect(retryAtMs - before).toBeGreaterThan(index * 1000);
      expect(retryAtMs - before).toBeLessThan(index * 1000 + 2_500);
    }
  });

  it('lets whoever was promised a turn in at its time, ahead of whoever just comes', async () => {
    const rate = { count: 1, perMs: 400 };
    expect((await limiter.take('promise', rate)).ok).toBe(true);
    const first = refused(await limiter.take('promise', rate));
    expect(await limiter.take('promise', rate, first.turnAtMs)).toMatchObject({
      ok: false,
      turnAtMs: first.turnAtMs,
    });
    await wait(first.retryAtMs - Date.now());
    expect((await limiter.take('promise', rate)).ok).toBe(false);
    expect((await limiter.take('promise', rate, first.turnAtMs)).ok).toBe(true);
  });

  it('does not let those in together who come back late together', async () => {
    const rate = { count: 10, perMs: 2_000 };
    const promised = (await takeMany(limiter, 'late', rate, 10)).filter(isRefused);
    await wait(Math.max(...promised.map(({ retryAtMs }) => retryAtMs)) - Date.now() + 200);
    const late = await Promise.all(promised.map(({ turnAtMs }) => limiter.take('late', rate, turnAtMs)));
    expect(late.filter(({ ok }) => ok).length).toBeGreaterThanOrEqual(1);
    expect(late.filter(({ ok }) => ok).length).toBeLessThanOrEqual(3);
    const again = late.filter(isRefused).map(({ turnAtMs }) => turnAtMs!);
    expect(new Set(again).size).toBe(again.length);
  });

  it('promises nothing beyond a minute, and spreads when those come back', async () => {
    const turns = (await takeMany(limiter, 'far', { count: 1, perMs: 10_000 }, 12)).filter(isRefused);
    const promised = turns.filter(({ turnAtMs }) => turnAtMs !== undefined);
    const others = turns.filter(({ turnAtMs }) => turnAtMs === undefined).map(({ retryAtMs }) => retryAtMs);
    expect(promised.length).toBeGreaterThanOrEqual(5);
    expect(promised.length).toBeLessThanOrEqual(7);
    expect(others.length).toBeGreaterThanOrEqual(4);
    expect(Math.max(...promised.map(({ retryAtMs }) => retryAtMs)) - Date.now()).toBeLessThanOrEqual(60_100);
    expect([...others].sort((a, b) => a - b)).toEqual(others);
    expect(others.at(-1)! - others[0]!).toBeGreaterThan(20_000);
  });

  it('keeps names apart, whatever they are', async () => {
    const rate = { count: 1, perMs: 60_000 };
    for (const name of [
      'a',
      'b',
      `${'long'.repeat(1000)}1`,
      `${'long'.repeat(1000)}2`,
      'nul\0',
      "quote'; --",
      '',
    ]) {
      expect((await limiter.take(name, rate)).ok).toBe(true);
      expect((await limiter.take(name, rate)).ok).toBe(false);
    }
  });

  it('tells when the next would be let in, and takes nothing by telling', async () => {
    const rate = { count: 1, perMs: 30_000 };
    expect((await limiter.look('look', rate)).nextAtMs).toBeLessThanOrEqual(Date.now());
    await limiter.take('look', rate);
    const looks = [await limiter.look('look', rate), await limiter.look('look', rate)];
    for (const { nextAtMs } of looks) {
      expect(nextAtMs - Date.now()).toBeGreaterThan(25_000);
      expect(nextAtMs - Date.now()).toBeLessThanOrEqual(27_000);
    }
  });

  it('forgets names that say nothing any more, and no others', async () => {
    await limiter.take('short', { count: 1, perMs: 1 });
    await limiter.take('kept', { count: 1, perMs: 60_000 });
    await wait(20);
    await limiter.forgetIdle();
    expect((await limiter.take('short', { count: 1, perMs: 1 })).ok).toBe(true);
    expect((await limiter.take('kept', { count: 1, perMs: 60_000 })).ok).toBe(false);
    if (backend.redisUrl === undefined) {
      const { rows } = await database.query("select name from sluice.rate_bucket where name = 'kept'");
      expect(rows).toHaveLength(1);
    }
  });

  it('is kept by three processes together: never more than a tenth over in any window, nor much less', async () => {
    const rate = { count: 40, perMs: 1_000 };
    const seconds = 4;
    const programs = await Promise.all([1, 2, 3].map(() => startProgram(backend, { rate, jobs: 30 })));
    for (const program of programs) program.send();
    await wait(seconds * 1000);
    for (const program of programs) program.send();
    const answers = await Promise.all(programs.map((program) => program.answer()));
    const letIn = answers.flatMap((answer) => answer.letIn as Interval[]);
    const most = mostSurelyWithin(letIn, rate.perMs);
    const firstAt = Math.min(...letIn.map(([, answered]) => answered));
    const total = letIn.filter(([, answered]) => answered <= firstAt + seconds * 1000).length;
    console.info(
      `${backend.name}: ${total} in ${seconds} s of ${rate.count}/s, at most ${most} in any second`,
    );
    expect(most).toBeLessThanOrEqual(1.1 * rate.count + 1);
    // Far from the even pace on a busy machine, and still no process is left out.
    expect(total).toBeGreaterThan(rate.count * seconds * 0.25);
    for (const answer of answers) expect((answer.letIn as Interval[]).length).toBeGreaterThan(total / 20);
  }, 60_000);
});

describe('the turns of one job', () => {
  const rate: Rate = { count: 1, perMs: 1000 };

  it('go on while all limits let it in', async () => {
    const turns = new Turns(scripted({ a: [{ ok: true }], b: [{ ok: true }] }));
    expect(await turns.take('a', rate)).toBeUndefined();
    expect(await turns.take('b', rate)).toBeUndefined();
  });

  it('keep a promise until it is used, and that a limit was passed before', async () => {
    const asked: [string, number | undefined][] = [];
    const limits = scripted(
      { a: [{ ok: true }, { ok: true }], b: [{ ok: false, turnAtMs: 500, retryAtMs: 700 }, { ok: true }] },
      asked,
    );
    const first = new Turns(limits);
    await first.take('a', rate);
    const wanted = await first.take('b', rate);
    expect(wanted).toEqual({ retryAtMs: 700, turns: { a: 0, b: 500 } });
    const second = new Turns(limits, wanted!.turns);
    expect(await second.take('a', rate)).toBeUndefined();
    expect(await second.take('b', rate)).toBeUndefined();
    expect(asked).toEqual([
      ['a', undefined],
      ['b', undefined],
      ['a', 0],
      ['b', 500],
    ]);
  });

  it('forget a promise that was not renewed', async () => {
    const turns = new Turns(scripted({ a: [{ ok: false, retryAtMs: 900 }] }), { a: 100 });
    expect(await turns.take('a', rate)).toEqual({ retryAtMs: 900, turns: {} });
  });
});

type Refused = Extract<Turn, { ok: false }>;

function isRefused(turn: Turn): turn is Refused {
  return !turn.ok;
}

function refused(turn: Turn): Refused {
  if (turn.ok) throw new Error('it was let in');
  return turn;
}

/** One after another, so that the order of promises is known. */
async function takeMany(limiter: RateLimiter, name: string, rate: Rate, count: number): Promise<Turn[]> {
  const turns: Turn[] = [];
  for (let i = 0; i < count; i++) turns.push(await limiter.take(name, rate));
  return turns;
}

/** When it asked, and when it had the answer (epoch ms). */
type Interval = [asked: number, answered: number];

/** The most that were surely let in within any window of `windowMs`: they asked and had their answers in it. */
function mostSurelyWithin(letIn: readonly Interval[], windowMs: number): number {
  const within = ([from]: Interval): number =>
    letIn.filter(([asked, answered]) => asked >= from && answered < from + windowMs).length;
  return Math.max(...letIn.map(within));
}

function scripted(
  answers: Record<string, Turn[]>,
  asked: [string, number | undefined][] = [],
): Pick<RateLimiter, 'take'> {
  return {
    take: async (name, _rate, turnAtMs) => {
      asked.push([name, turnAtMs]);
      return answers[name]!.shift()!;
    },
  };
}

const programs = new Set<ChildProcess>();

async function startProgram(backend: TestBackend, options: { rate: Rate; jobs: number }) {
  const settings = { ...backend, stateDir: backend.folder, name: 'shared', ...options };
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  programs.add(child);
  child.once('exit', () => programs.delete(child));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the process ended before it answered');
    return JSON.parse(value) as Record<string, unknown>;
  };
  await next();
  return { send: () => child.stdin.write('\n'), answer: next };
}

async function killPrograms(): Promise<void> {
  const ends = [...programs].map((child) => once(child, 'exit'));
  for (const child of programs) child.kill('SIGKILL');
  await Promise.all(ends);
}

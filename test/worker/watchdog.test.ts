import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Watchdog, type WatchedQueue } from '../../src/worker/watchdog.js';

const LIMIT_MS = 300;

describe('the watchdog of a worker', () => {
  let said: string[];
  let deaf: string[];
  let rebuilt: number;
  let renewed: number;
  let queue: WatchedQueue & { fetchedAtMs: number; isFree: boolean };
  let canRun: () => Promise<boolean>;
  let dog: Watchdog;
  beforeEach(() => {
    process.env.JOBS_WATCHDOG_MS = String(LIMIT_MS);
    [said, deaf, rebuilt, renewed] = [[], [], 0, 0];
    canRun = async () => true;
    queue = {
      queue: 'q',
      isFree: true,
      fetchedAtMs: performance.now(),
      hasFreeSlot: () => queue.isFree,
      rebuild: async () => {
        rebuilt += 1;
      },
    };
    dog = new Watchdog({
      canRun: () => canRun(),
      renewConnections: async () => {
        renewed += 1;
        return true;
      },
      label: 'the backend',
      say: (message) => said.push(message),
      onRebuilt: () => {},
      onDeaf: (name) => deaf.push(name),
    });
  });
  afterEach(() => {
    delete process.env.JOBS_WATCHDOG_MS;
  });
  const lookFor = async (ms: number, until: () => boolean = () => false): Promise<void> => {
    const end = Date.now() + ms;
    while (Date.now() < end && !until()) {
      await dog.look([queue]);
      await wait(20);
    }
  };

  it('connects anew when work waits for so long, and gives up when that does not help', async () => {
    const began = Date.now();
    await lookFor(5_000, () => rebuilt > 0);
    expect(Date.now() - began).toBeGreaterThanOrEqual(LIMIT_MS);
    expect(dog.deaf()).toEqual(['q']);
    expect(deaf).toEqual([]);
    await lookFor(5_000, () => deaf.length > 0);
    expect(rebuilt).toBe(1);
    expect(deaf).toEqual(['q']);
  });

  it('says that the queue is worked again once a job is given, and begins anew', async () => {
    await lookFor(5_000, () => rebuilt > 0);
    queue.fetchedAtMs = performance.now() + 1;
    await lookFor(60);
    expect(said.at(-1)).toBe('queue q is worked again');
    expect(dog.deaf()).toEqual([]);
    await lookFor(5_000, () => rebuilt > 1);
    expect(rebuilt).toBe(2);
    expect(deaf).toEqual([]);
  });

  it.each([
    ['has no free slot', () => (queue.isFree = false)],
    ['has nothing that could begin', () => (canRun = async () => false)],
  ])('is content with a queue that %s', async (_what, arrange) => {
    arrange();
    await lookFor(3 * LIMIT_MS);
    expect([rebuilt, deaf.length, said.length]).toEqual([0, 0, 0]);
  });

  it('counts no time in which the process did not run', async () => {
    await lookFor(LIMIT_MS / 2);
    await wait(2 * LIMIT_MS);
    dog.forgive();
    await lookFor(LIMIT_MS / 2);
    expect(rebuilt).toBe(0);
  });

  it('cuts connections over which nothing is answered, again and again, and never gives up for that', async () => {
    canRun = () => new Promise(() => {});
    await lookFor(5_000, () => renewed > 1);
    expect(said[0]).toBe('the backend has not answered for 0.3 s: connecting anew');
    expect([rebuilt, deaf.length]).toEqual([0, 0]);
  });
});

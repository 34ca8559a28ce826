import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FinalError, InputError } from '../../src/core/error.js';
import { openThreadPool, type ThreadPool } from '../../src/core/thread-pool.js';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-threads-'));
let module: string;
const pools: ThreadPool[] = [];

beforeAll(() => {
  const file = path.join(folder, 'called.mjs');
  const source = (name: string) => JSON.stringify(new URL(`../../src/core/${name}`, import.meta.url).href);
  writeFileSync(
    file,
    `import { threadId } from 'node:worker_threads';
import { FinalError, InputError } from ${source('error.ts')};
export const double = ({ value }) => value * 2;
export const whoAmI = () => threadId;
export const sum = async (samples) => samples.reduce((a, b) => a + b, 0);
export const fill = (shared) => { new Uint8Array(shared).fill(7); };
export const give = (length) => new Float32Array(length).fill(1.5);
export const refuse = () => { throw new InputError('It is wet', { code: 'WET', hint: 'wait', details: { depthM: 2 } }); };
export const refuseRow = () => { throw new FinalError('No pond', { field: 'pond' }); };
export const breakDown = () => { throw Object.assign(new RangeError('too far'), { code: 'FAR' }); };
export const die = () => process.exit(9);
export const never = () => new Promise(() => { setInterval(() => {}, 1000); });
export const notForTheWay = () => () => {};
`,
  );
  module = pathToFileURL(file).href;
});

afterAll(() => rmSync(folder, { recursive: true }));

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

function open(size: number): ThreadPool {
  const pool = openThreadPool({ size });
  pools.push(pool);
  return pool;
}

describe('a pool of threads', { timeout: 120_000 }, () => {
  it('runs exported functions elsewhere and gives what they return', async () => {
    const pool = open(2);
    expect(await pool.run({ module, name: 'double', args: { value: 21 } })).toBe(42);
    expect(await pool.run({ module, name: 'whoAmI', args: null })).not.toBe(0);
  });

  it('runs many more calls than it has threads, on no more threads than its size', async () => {
    const pool = open(2);
    const threads = await Promise.all(
      Array.from({ length: 50 }, () => pool.run<number>({ module, name: 'whoAmI', args: null })),
    );
    expect(new Set(threads).size).toBeLessThanOrEqual(2);
  });

  it('shares shared buffers, and takes away the buffers it is given', async () => {
    const pool = open(1);
    const shared = new SharedArrayBuffer(4);
    await pool.run({ module, name: 'fill', args: shared });
    expect([...new Uint8Array(shared)]).toEqual([7, 7, 7, 7]);
    const samples = new Float64Array([1, 2, 3.5]);
    expect(await pool.run({ module, name: 'sum', args: samples, transfer: [samples.buffer] })).toBe(6.5);
    expect(samples.length).toBe(0);
    expect(await pool.run({ module, name: 'give', args: 3 })).toEqual(Float32Array.of(1.5, 1.5, 1.5));
  });

  it('throws what the function threw: class, code, hint, details and field', async () => {
    const pool = open(1);
    const refused = await pool.run({ module, name: 'refuse', args: null }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(InputError);
    expect(refused).toMatchObject({
      message: 'It is wet',
      code: 'WET',
      hint: 'wait',
      details: { depthM: 2 },
    });
    const final = await pool.run({ module, name: 'refuseRow', args: null }).catch((error: unknown) => error);
    expect(final).toBeInstanceOf(FinalError);
    expect(final).toMatchObject({ message: 'No pond', field: 'pond' });
    await expect(pool.run({ module, name: 'breakDown', args: null })).rejects.toMatchObject({
      name: 'RangeError',
      message: 'too far',
      code: 'FAR',
    });
  });

  it('names a function or a module that is not there', async () => {
    const pool = open(1);
    await expect(pool.run({ module, name: 'missing', args: null })).rejects.toThrow(
      /exports no function missing/,
    );
    await expect(pool.run({ module: `${module}x`, name: 'double', args: null })).rejects.toThrow(/mjsx/);
    expect(await pool.run({ module, name: 'double', args: { value: 1 } })).toBe(2);
  });

  it('refuses arguments and results that cannot be sent, and goes on', async () => {
    const pool = open(1);
    await expect(pool.run({ module, name: 'double', args: () => {} })).rejects.toThrow(/could not be cloned/);
    await expect(pool.run({ module, name: 'notForTheWay', args: null })).rejects.toThrow(
      /could not be cloned/,
    );
    expect(await pool.run({ module, name: 'double', args: { value: 4 } })).toBe(8);
  });

  it('rejects only the call whose thread died, and starts another thread for the rest', async () => {
    const pool = open(1);
    const dead = pool.run({ module, name: 'die', args: null });
    const alive = pool.run({ module, name: 'double', args: { value: 5 } });
    await expect(dead).rejects.toThrow(/thread that ran die ended \(exit code 9\)/);
    expect(await alive).toBe(10);
  });

  it('rejects what has not ended when it is closed, and every later call', async () => {
    const pool = open(1);
    const running = pool.run({ module, name: 'never', args: null });
    const waiting = pool.run({ module, name: 'double', args: { value: 1 } });
    const outcomes = Promise.allSettled([running, waiting]);
    await pool.close();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(pool.run({ module, name: 'double', args: { value: 1 } })).rejects.toThrow(/closed/);
  });
});

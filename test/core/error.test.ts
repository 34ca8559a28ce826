import { describe, expect, it } from 'vitest';
import { BackendError, FinalError, InputError, SluiceError, toErrorRecord } from '../../src/core/error.js';
import { runTask } from '../../src/worker/run-task.js';

describe('errors', () => {
  it('are known by their class and by its parents, and by no other class', () => {
    const error = new FinalError('no');
    expect(error instanceof FinalError).toBe(true);
    expect(error instanceof SluiceError).toBe(true);
    expect(error instanceof InputError).toBe(false);
    expect(new Error('x') instanceof SluiceError).toBe(false);
  });

  it('are known when another copy of the module made them, as when a task file has loaded its own', async () => {
    const { createJiti } = await import('jiti');
    const copy = await createJiti(import.meta.url, { moduleCache: false }).import<
      typeof import('../../src/core/error.js')
    >('../../src/core/error.ts');
    expect(copy.FinalError).not.toBe(FinalError);
    const error = new copy.FinalError('no water', { code: 'DRY', field: 'latitude' });
    expect(error instanceof FinalError).toBe(true);
    expect(error instanceof BackendError).toBe(false);
    expect(toErrorRecord(error)).toEqual({ code: 'DRY', message: 'no water', field: 'latitude' });
  });

  it('keep the frames of the task, and not those of what called it', async () => {
    const task = {
      name: 'fails',
      input: { parse: (value: unknown) => value },
      run: () => {
        throw new Error('here');
      },
    } as never;
    const thrown = await runTask(task, {} as never, {} as never, { signal: AbortSignal.abort() }).catch(
      (e) => e,
    );
    const { stack } = toErrorRecord(thrown);
    expect(stack).toMatch(/error\.test\.ts/);
    expect(stack).not.toMatch(/run-task/);
  });

  it('become records without NUL and of bounded length, whatever was thrown', () => {
    expect(toErrorRecord('plain').message).toBe('plain');
    expect(toErrorRecord(undefined).code).toBe('THROWN');
    expect(toErrorRecord(new Error('a\u0000b')).message).toBe('a\ufffdb');
    expect(toErrorRecord(new Error('x'.repeat(100_000))).message.length).toBeLessThan(2_100);
  });
});

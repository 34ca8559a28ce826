import { describe, expect, it } from 'vitest';
import { readAhead } from '../../src/core/read-ahead.js';

describe('reading ahead', () => {
  it('gives every item in order, with the next one begun before it is asked for', async () => {
    const made: number[] = [];
    const seen: number[] = [];
    async function* source() {
      for (let item = 1; item <= 3; item++) {
        made.push(item);
        yield item;
      }
    }
    for await (const item of readAhead(source())) {
      await new Promise(setImmediate);
      seen.push(item);
      expect(made.length).toBe(Math.min(item + 1, 3));
    }
    expect(seen).toEqual([1, 2, 3]);
  });

  it('throws a failure when its turn comes, after the items before it', async () => {
    const seen: number[] = [];
    async function* source() {
      yield 1;
      throw new Error('cut off');
    }
    const reading = (async () => {
      for await (const item of readAhead(source())) {
        await new Promise(setImmediate);
        seen.push(item);
      }
    })();
    await expect(reading).rejects.toThrow('cut off');
    expect(seen).toEqual([1]);
  });

  it('ends its source when the reader leaves early', async () => {
    let ended = false;
    async function* source() {
      try {
        for (let item = 1; ; item++) yield item;
      } finally {
        ended = true;
      }
    }
    for await (const item of readAhead(source())) if (item === 2) break;
    expect(ended).toBe(true);
  });
});

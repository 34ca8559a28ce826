import { describe, expect, it } from 'vitest';
import { PRIORITIES, priorityWord, queuePriority } from '../../src/core/priority.js';
import { formatRate, parseRate } from '../../src/core/rate.js';

const NOW = Date.UTC(2026, 10, 21);
const HOUR = 3_600_000;

describe('a rate', () => {
  it.each([
    ['60/m', 60, 60_000],
    ['10/s', 10, 1000],
    ['100/10m', 100, 600_000],
    ['5/250ms', 5, 250],
    ['1/d', 1, 86_400_000],
  ])('reads %s and writes it again', (text, count, perMs) => {
    expect(parseRate(text)).toEqual({ count, perMs });
    expect(formatRate({ count, perMs })).toBe(text);
  });

  it('none is no rate', () => expect(parseRate('none')).toBeUndefined());

  it.each(['', '0/m', '60', '60/', '/m', '60/x', '-1/s', '60/m/m'])('refuses "%s"', (text) => {
    expect(() => parseRate(text)).toThrow(/is not a rate/);
  });
});

describe('a priority', () => {
  it('keeps the words in order, whatever else', () => {
    const numbers = PRIORITIES.flatMap((word, n) => [
      queuePriority(word, NOW + n * HOUR, 1e6),
      queuePriority(word, NOW - 100 * HOUR),
    ]);
    const words = numbers.map(priorityWord);
    expect(words).toEqual(PRIORITIES.flatMap((word) => [word, word]));
    expect(Math.max(...numbers)).toBeLessThan(2 ** 21);
    expect(queuePriority('urgent', 0)).toBe(1);
    expect(queuePriority('low', Date.UTC(2100, 0, 1), 1e6)).toBeLessThan(2 ** 21);
  });

  it('lets a small batch overtake the bulk of a large one, and not its head', () => {
    const head = queuePriority('normal', NOW, 99);
    const bulk = queuePriority('normal', NOW, 100);
    const small = queuePriority('normal', NOW + HOUR, 0);
    expect(head).toBeLessThan(small);
    expect(small).toBeLessThan(bulk);
  });

  it('lets nothing be overtaken by what comes a day later', () => {
    expect(queuePriority('normal', NOW, 50_000)).toBeLessThan(queuePriority('normal', NOW + 25 * HOUR, 0));
  });
});

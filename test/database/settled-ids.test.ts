/** Ids that become visible out of order: what may be read, what is waited for, what is given up. */
import { describe, expect, it } from 'vitest';
import { SettledIds } from '../../src/database/settled-ids.js';

const NOW = 1_000_000_000;
const page = (...ids: number[]) => ids.map((id) => ({ id, atMs: NOW }));
const snapshot = (xmin: number, xmax: number, topId: number) => ({
  xmin: BigInt(xmin),
  xmax: BigInt(xmax),
  topId,
});

describe('a page of ids', () => {
  it('is taken whole when none is missing', () => {
    const settled = new SettledIds({ isSerial: false }).settle(4, page(5, 6, 7), snapshot(1, 9, 7), NOW);
    expect(settled).toEqual({ count: 3, holes: [], gaveUp: false });
  });

  it('is cut before a missing id, and taken once it has come', () => {
    const ids = new SettledIds({ isSerial: false });
    expect(ids.settle(4, page(5, 7), snapshot(20, 22, 7), NOW).count).toBe(1);
    expect(ids.settle(5, page(6, 7), snapshot(20, 22, 7), NOW + 10)).toEqual({
      count: 2,
      holes: [],
      gaveUp: false,
    });
  });

  it('goes past a missing id when all that ran then has ended, a second later', () => {
    const ids = new SettledIds({ isSerial: false });
    ids.settle(5, page(7), snapshot(20, 22, 7), NOW);
    expect(ids.settle(5, page(7), snapshot(22, 22, 7), NOW + 500).count).toBe(0);
    expect(ids.settle(5, page(7), snapshot(21, 30, 7), NOW + 1_500).count).toBe(0);
    expect(ids.settle(5, page(7), snapshot(22, 30, 7), NOW + 1_500)).toEqual({
      count: 1,
      holes: [6],
      gaveUp: false,
    });
  });

  it('waits anew for an id above those that were there when it began to wait', () => {
    const ids = new SettledIds({ isSerial: false });
    ids.settle(5, page(7), snapshot(20, 22, 7), NOW);
    const later = ids.settle(5, page(7, 9), snapshot(25, 30, 9), NOW + 2_000);
    expect(later).toEqual({ count: 1, holes: [6], gaveUp: false });
    expect(ids.settle(7, page(9), snapshot(30, 31, 9), NOW + 2_100).count).toBe(0);
    expect(ids.settle(7, page(9), snapshot(30, 31, 9), NOW + 3_100).count).toBe(1);
  });

  it('gives a missing id up after ten seconds, and says so', () => {
    const ids = new SettledIds({ isSerial: false });
    ids.settle(5, page(7), snapshot(20, 22, 7), NOW);
    expect(ids.settle(5, page(7), snapshot(20, 40, 7), NOW + 9_999).count).toBe(0);
    expect(ids.settle(5, page(7), snapshot(20, 40, 7), NOW + 10_000)).toEqual({
      count: 1,
      holes: [6],
      gaveUp: true,
    });
  });

  it('does not wait for what is older than any transaction, nor where transactions run one by one', () => {
    const old = [{ id: 7, atMs: NOW - 61_000 }];
    expect(new SettledIds({ isSerial: false }).settle(5, old, snapshot(1, 2, 7), NOW).count).toBe(1);
    expect(new SettledIds({ isSerial: true }).settle(5, page(7), snapshot(1, 2, 7), NOW).count).toBe(1);
  });
});

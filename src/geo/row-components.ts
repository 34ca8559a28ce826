/**
 * 8-connected components of a mask that is given row by row: what is open is in memory, what no later row can reach is
 * given out. So memory grows with the components that cross a row, not with the raster.
 */

export interface RowComponent<Facts> {
  /** Row, first column, column after the last, of each run of pixels; by row and column. */
  runs: Int32Array;
  facts: Facts;
}

/** How the caller gathers facts about a component's pixels. */
export interface Gather<Facts> {
  begin(): Facts;
  /** Two components turn out to be one: adds `other` to `into`. */
  merge(into: Facts, other: Facts): void;
}

interface Open<Facts> {
  runs: number[];
  facts: Facts;
  lastRow: number;
  /** The component that this one is part of. */
  into: Open<Facts> | null;
}

interface Run<Facts> {
  from: number;
  to: number;
  of: Open<Facts>;
}

export class RowComponents<Facts> {
  readonly #gather: Gather<Facts>;
  #above: Run<Facts>[] = [];

  constructor(gather: Gather<Facts>) {
    this.#gather = gather;
  }

  /**
   * The next row: `mask` is 1 where there is something, `add` is called for each of its runs with the facts to add to.
   * Gives the components that ended in the row before, by the first column of their last row. Rows come in order, none
   * is left out.
   */
  addRow(
    row: number,
    mask: Uint8Array,
    add: (facts: Facts, from: number, to: number) => void,
  ): RowComponent<Facts>[] {
    const runs: Run<Facts>[] = [];
    let next = 0;
    for (let column = 0; column < mask.length; ) {
      if (mask[column] === 0) {
        column++;
        continue;
      }
      const from = column;
      while (column < mask.length && mask[column] !== 0) column++;
      while (next < this.#above.length && this.#above[next]!.to < from) next++;
      const of = this.#joined(next, column);
      of.runs.push(row, from, column);
      of.lastRow = row;
      add(of.facts, from, column);
      runs.push({ from, to: column, of });
    }
    const ended = this.#ended(row);
    this.#above = runs;
    return ended;
  }

  /** What is still open after the last row. */
  end(): RowComponent<Facts>[] {
    const ended = this.#ended(Number.POSITIVE_INFINITY);
    this.#above = [];
    return ended;
  }

  /** The component of a run: those above that it touches, over corners too, made one; a new one when it touches none. */
  #joined(next: number, to: number): Open<Facts> {
    let of: Open<Facts> | null = null;
    for (let i = next; i < this.#above.length && this.#above[i]!.from <= to; i++) {
      const above = rootOf(this.#above[i]!.of);
      if (of === null) of = above;
      else if (of !== above) of = this.#merged(of, above);
    }
    return of ?? { runs: [], facts: this.#gather.begin(), lastRow: -1, into: null };
  }

  /** The one with more runs takes the other in. */
  #merged(a: Open<Facts>, b: Open<Facts>): Open<Facts> {
    const [into, other] = a.runs.length >= b.runs.length ? [a, b] : [b, a];
    for (const value of other.runs) into.runs.push(value);
    into.lastRow = Math.max(into.lastRow, other.lastRow);
    this.#gather.merge(into.facts, other.facts);
    other.runs = [];
    other.into = into;
    return into;
  }

  #ended(row: number): RowComponent<Facts>[] {
    const ended: RowComponent<Facts>[] = [];
    for (const { of } of this.#above) {
      const root = rootOf(of);
      if (root.lastRow >= row || root.runs.length === 0) continue;
      ended.push({ runs: sortedRuns(root.runs), facts: root.facts });
      root.runs = [];
    }
    return ended;
  }
}

function rootOf<Facts>(open: Open<Facts>): Open<Facts> {
  let root = open;
  while (root.into !== null) {
    if (root.into.into !== null) root.into = root.into.into;
    root = root.into;
  }
  return root;
}

function sortedRuns(runs: readonly number[]): Int32Array {
  const order = Array.from({ length: runs.length / 3 }, (_, i) => 3 * i);
  order.sort((a, b) => runs[a]! - runs[b]! || runs[a + 1]! - runs[b + 1]!);
  const sorted = new Int32Array(runs.length);
  order.forEach((from, i) => {
    for (let part = 0; part < 3; part++) sorted[3 * i + part] = runs[from + part]!;
  });
  return sorted;
}

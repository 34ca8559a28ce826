/** Connected components by two passes and union-find (Rosenfeld & Pfaltz 1966, with path halving). */

export interface Components {
  /** Height x width: 0 outside the mask, else 1 to `count`, in the order of each component's first pixel. */
  labels: Int32Array;
  count: number;
}

/**
 * Pixels that touch and have the same value belong together; 0 is background. Of a mask of 0 and 1: its patches.
 * `connectivity` 4 joins over edges, 8 over corners too.
 */
export function labelComponents(
  values: Uint8Array | Uint16Array | Int32Array | Uint32Array,
  width: number,
  height: number,
  connectivity: 4 | 8,
): Components {
  const labels = new Int32Array(width * height);
  const parents = new ParentList();
  for (let row = 0, i = 0; row < height; row++) {
    for (let column = 0; column < width; column++, i++) {
      const value = values[i]!;
      if (value === 0) continue;
      let label = column > 0 && values[i - 1] === value ? labels[i - 1]! : 0;
      if (row > 0) {
        const up = i - width;
        if (values[up] === value) label = parents.join(label, labels[up]!);
        if (connectivity === 8) {
          if (column > 0 && values[up - 1] === value) label = parents.join(label, labels[up - 1]!);
          if (column + 1 < width && values[up + 1] === value) label = parents.join(label, labels[up + 1]!);
        }
      }
      labels[i] = label === 0 ? parents.add() : label;
    }
  }
  const { final, count } = parents.number();
  for (let i = 0; i < labels.length; i++) labels[i] = final[labels[i]!]!;
  return { labels, count };
}

/** Provisional labels from 1; the root of a set is its least label. */
class ParentList {
  #parents = new Int32Array(1024);
  #length = 1;

  add(): number {
    if (this.#length === this.#parents.length) {
      const larger = new Int32Array(this.#parents.length * 2);
      larger.set(this.#parents);
      this.#parents = larger;
    }
    this.#parents[this.#length] = this.#length;
    return this.#length++;
  }

  /** Joins the sets of two labels and gives their root; 0 is no label. */
  join(a: number, b: number): number {
    if (a === 0 || a === b) return b;
    const rootA = this.#root(a);
    const rootB = this.#root(b);
    const least = Math.min(rootA, rootB);
    this.#parents[Math.max(rootA, rootB)] = least;
    return least;
  }

  /** The final number of each label: roots counted from 1 in order. */
  number(): { final: Int32Array; count: number } {
    const final = new Int32Array(this.#length);
    let count = 0;
    for (let label = 1; label < this.#length; label++) {
      const root = this.#root(label);
      final[label] = root === label ? ++count : final[root]!;
    }
    return { final, count };
  }

  #root(label: number): number {
    const parents = this.#parents;
    let at = label;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at]!]!;
      at = parents[at]!;
    }
    return at;
  }
}

/** An even choice of at most `capacity` of a stream's members: every 1st, then every 2nd, every 4th, … */
export class EvenSample<T> {
  readonly #capacity: number;
  #kept: T[] = [];
  #step = 1;
  seen = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** `make` is called only for members that are kept for now. */
  add(make: () => T): void {
    if (this.seen % this.#step === 0) this.#kept.push(make());
    this.seen += 1;
    if (this.#kept.length > this.#capacity) {
      this.#kept = this.#kept.filter((_, index) => index % 2 === 0);
      this.#step *= 2;
    }
  }

  /** In the order seen, thinned evenly to `limit`. */
  take(limit = this.#capacity): T[] {
    const { length } = this.#kept;
    if (length <= limit) return [...this.#kept];
    return Array.from({ length: limit }, (_, index) => this.#kept[Math.floor((index * length) / limit)] as T);
  }
}

/** Encoded tiles on their way to a file: in the order they were added, and not too many of them at a time. */

/** Of predicted tiles that wait for compression or for the disk. */
const WAITING_BYTES = 8 << 20;

export class TileQueue {
  readonly #waiting: Promise<void>[] = [];
  #waitingBytes = 0;
  #last: Promise<void> = Promise.resolve();
  #failure: unknown;
  #ended = false;

  /**
   * Appends the tile when it and all before it are encoded; waits while too many are on their way.
   * @param bytes that the tile holds in memory meanwhile
   * @throws what encoding or appending a tile threw, this one or an earlier one; nothing is appended after that
   */
  async add(
    encoded: Promise<Uint8Array>,
    bytes: number,
    append: (data: Uint8Array) => Promise<void>,
  ): Promise<void> {
    encoded.catch(() => {});
    this.#waitingBytes += bytes;
    this.#last = this.#appendAfter(this.#last, encoded, append).finally(() => {
      this.#waitingBytes -= bytes;
      this.#waiting.shift();
    });
    this.#waiting.push(this.#last);
    while (this.#waitingBytes > WAITING_BYTES && this.#waiting.length > 1) await this.#waiting[0];
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** When all are appended. @throws as {@link add} does */
  async drained(): Promise<void> {
    await this.#last;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Appends no more; returns when nothing is on its way. Never throws. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#last;
  }

  async #appendAfter(
    previous: Promise<void>,
    encoded: Promise<Uint8Array>,
    append: (data: Uint8Array) => Promise<void>,
  ): Promise<void> {
    await previous;
    try {
      if (this.#failure === undefined && !this.#ended) await append(await encoded);
    } catch (error) {
      this.#failure ??= error;
    }
  }
}

/** The consumers of a worker, one for each queue it serves; queues come and go while it runs. */
import type { Consumer } from '../queue/consumer.js';

export class Consumers {
  readonly #open: (queue: string, slots: number) => Promise<Consumer>;
  readonly #serving = new Map<string, Consumer>();
  /** Of queues that were dropped: they fetch nothing more, but what they run has not ended. */
  readonly #leaving = new Set<Consumer>();
  #areHeld = false;

  constructor(open: (queue: string, slots: number) => Promise<Consumer>) {
    this.#open = open;
  }

  /** Of the queues that are served, in the order they came. */
  all(): Consumer[] {
    return [...this.#serving.values()];
  }

  get(queue: string): Consumer | undefined {
    return this.#serving.get(queue);
  }

  /** How many jobs run at once, by queue. */
  slots(): Record<string, number> {
    return Object.fromEntries(this.all().map(({ queue, slots }) => [queue, slots]));
  }

  /** Jobs running now, those of dropped queues too. */
  running(): number {
    return [...this.#serving.values(), ...this.#leaving].reduce((sum, one) => sum + one.running(), 0);
  }

  async add(queue: string, slots: number): Promise<void> {
    const consumer = await this.#open(queue, slots);
    this.#serving.set(queue, consumer);
    if (this.#areHeld) consumer.pause();
  }

  /** What runs goes on to its end. */
  drop(consumer: Consumer): void {
    this.#serving.delete(consumer.queue);
    this.#leaving.add(consumer);
    consumer.stop(Number.POSITIVE_INFINITY).then(() => this.#leaving.delete(consumer));
  }

  /** None fetches, nor those that come, until {@link release}. */
  hold(): void {
    this.#areHeld = true;
    for (const consumer of this.all()) consumer.pause();
  }

  release(): void {
    this.#areHeld = false;
    for (const consumer of this.all()) consumer.resume();
  }

  /** See {@link Consumer.stop}. */
  async stop(graceMs: number): Promise<string[]> {
    const all = [...this.#serving.values(), ...this.#leaving];
    return (await Promise.all(all.map((consumer) => consumer.stop(graceMs)))).flat();
  }
}

/**
 * Notices when a queue has work that this worker could begin and is not given. It says so, makes new connections, and when
 * that does not help either it says that the worker is of no use. A backend that does not answer is something else: nobody
 * can know what waits there, so it is waited for, over new connections now and then in case the line is dead.
 */
import { settlesWithin } from '../core/deadline.js';

export interface WatchedQueue {
  readonly queue: string;
  hasFreeSlot(): boolean;
  /** When it was last given a job; ms of performance.now(). */
  readonly fetchedAtMs: number;
  /** Fetches over new connections from now on. */
  rebuild(): Promise<void>;
}

export interface WatchdogOptions {
  /** Whether a job of the queue could begin now; waits for a backend that is away. */
  canRun: (queue: string) => Promise<boolean>;
  /** Cuts connections that are taken for dead; false when there are none. */
  renewConnections: () => Promise<boolean>;
  /** For people: where the queues are. */
  label: string;
  say: (message: string) => void;
  /** The queue was deaf and was given new connections. */
  onRebuilt: (queue: string, message: string) => void;
  /** It is deaf with new connections too. */
  onDeaf: (queue: string, message: string) => void;
}

interface Suspicion {
  /** Since when every look has found work. */
  workSinceMs?: number;
  rebuiltAtMs?: number;
  /** A look that has not been answered. */
  asking?: { sinceMs: number; done: boolean };
}

const LIMIT_MS = 30_000;
const LOOKS_PER_LIMIT = 6;

export class Watchdog {
  readonly limitMs = limitForTests() ?? LIMIT_MS;
  readonly #options: WatchdogOptions;
  readonly #suspicions = new Map<string, Suspicion>();
  #renewedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  /** How often to {@link look}. */
  get everyMs(): number {
    return Math.ceil(this.limitMs / LOOKS_PER_LIMIT);
  }

  async look(queues: readonly WatchedQueue[]): Promise<void> {
    for (const name of this.#suspicions.keys()) {
      if (!queues.some(({ queue }) => queue === name)) this.#suspicions.delete(name);
    }
    await Promise.all(queues.map((queue) => this.#lookAt(queue)));
  }

  /** The process did not run for a while: what was seen before that says nothing. */
  forgive(): void {
    this.#suspicions.clear();
  }

  /** Queues of which nothing was given for as long as the limit though they have work, and nothing since. */
  deaf(): string[] {
    const now = performance.now();
    return [...this.#suspicions]
      .filter(([, { workSinceMs, rebuiltAtMs }]) => {
        return rebuiltAtMs !== undefined || now - (workSinceMs ?? now) >= this.limitMs;
      })
      .map(([queue]) => queue);
  }

  async #lookAt(watched: WatchedQueue): Promise<void> {
    const { queue } = watched;
    const suspicion = this.#suspicions.get(queue) ?? {};
    this.#suspicions.set(queue, suspicion);
    if (suspicion.rebuiltAtMs !== undefined && watched.fetchedAtMs > suspicion.rebuiltAtMs) {
      this.#options.say(`queue ${queue} is worked again`);
      delete suspicion.rebuiltAtMs;
    }
    if (!watched.hasFreeSlot() || performance.now() - watched.fetchedAtMs < this.everyMs) {
      delete suspicion.workSinceMs;
      return;
    }
    const hasWork = await this.#ask(queue, suspicion);
    if (hasWork === undefined) return;
    if (!hasWork || !watched.hasFreeSlot()) {
      delete suspicion.workSinceMs;
      return;
    }
    const now = performance.now();
    suspicion.workSinceMs ??= now;
    const since = Math.max(suspicion.workSinceMs, watched.fetchedAtMs, suspicion.rebuiltAtMs ?? 0);
    if (now - since < this.limitMs) return;
    if (suspicion.rebuiltAtMs === undefined) return this.#rebuild(watched, suspicion);
    suspicion.rebuiltAtMs = now;
    this.#options.onDeaf(queue, `${this.#complaint(queue)}, over new connections too`);
  }

  /** Undefined: it is not known. */
  async #ask(queue: string, suspicion: Suspicion): Promise<boolean | undefined> {
    const now = performance.now();
    if (suspicion.asking?.done === false) {
      if (now - suspicion.asking.sinceMs >= this.limitMs) await this.#renew(now);
      return undefined;
    }
    const asking = { sinceMs: now, done: false };
    suspicion.asking = asking;
    const answer = this.#options.canRun(queue).finally(() => {
      asking.done = true;
    });
    if (await settlesWithin(answer, this.everyMs)) return answer.catch(() => undefined);
    answer.catch(() => {});
    return undefined;
  }

  async #renew(now: number): Promise<void> {
    if (now - this.#renewedAtMs < this.limitMs) return;
    this.#renewedAtMs = now;
    const { label, say, renewConnections } = this.#options;
    if (await renewConnections()) {
      say(`${label} has not answered for ${seconds(this.limitMs)}: connecting anew`);
    }
  }

  async #rebuild(watched: WatchedQueue, suspicion: Suspicion): Promise<void> {
    const message = `${this.#complaint(watched.queue)}: connecting anew`;
    this.#options.say(message);
    this.#options.onRebuilt(watched.queue, message);
    await watched.rebuild();
    suspicion.rebuiltAtMs = performance.now();
  }

  #complaint(queue: string): string {
    return `jobs wait on queue ${queue}, this worker has free slots and was given none for ${seconds(this.limitMs)}`;
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

/** `JOBS_WATCHDOG_MS` is there for tests only, so that they need not wait so long. */
function limitForTests(): number | undefined {
  const text = process.env.JOBS_WATCHDOG_MS;
  return text !== undefined && /^[1-9]\d{2,6}$/.test(text) ? Number(text) : undefined;
}

/** A TCP proxy that makes the link between a program and its server worse, and harms neither. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Random } from './random.js';

export interface LinkProxy {
  /** The server's url, through the proxy. */
  readonly url: string;
  /** Every piece is late by up to so much; pieces keep their order. */
  delay(upToMs: number): void;
  /** A connection is cut off with this probability for each piece that passes. */
  lose(probability: number): void;
  /** Connections stay open and nothing passes. */
  hold(): void;
  /** New connections are refused, old ones cut off. */
  refuse(): void;
  /** Cuts every connection once. */
  cut(): void;
  /** As good as none. What was held passes on. */
  heal(): void;
  close(): Promise<void>;
}

interface State {
  delayMs: number;
  loss: number;
  isHeld: boolean;
  isRefusing: boolean;
}

const HEALTHY: State = { delayMs: 0, loss: 0, isHeld: false, isRefusing: false };

export async function startProxy(target: string, random: Random): Promise<LinkProxy> {
  const server = new URL(target);
  const pairs = new Set<Pair>();
  let state = HEALTHY;
  const listener: Server = createServer((client) => {
    if (state.isRefusing) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ host: server.hostname, port: Number(server.port || defaultPort(server)) });
    const pair = new Pair(client, upstream, { state: () => state, random });
    pairs.add(pair);
    pair.ended.then(() => pairs.delete(pair));
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const cut = (): void => {
    for (const pair of pairs) pair.cut();
  };
  const become = (change: Partial<State>): void => {
    state = { ...state, ...change };
    for (const pair of pairs) pair.pump();
  };
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((listener.address() as { port: number }).port);
  return {
    url: url.href,
    delay: (delayMs) => become({ delayMs }),
    lose: (loss) => become({ loss }),
    hold: () => become({ isHeld: true }),
    refuse: () => {
      become({ isRefusing: true });
      cut();
    },
    cut,
    heal: () => become(HEALTHY),
    close: async () => {
      const closed = once(listener, 'close');
      listener.close();
      cut();
      await closed;
    },
  };
}

/** What is through a proxy cannot show the certificate of the server's own name. */
export function canBeProxied(url: string): boolean {
  const { protocol, searchParams, hostname } = new URL(url);
  const ssl = searchParams.get('sslmode');
  const isTls = protocol === 'rediss:' || (ssl !== null && ssl !== 'disable') || searchParams.has('ssl');
  return !isTls && hostname !== '' && !searchParams.has('host');
}

function defaultPort({ protocol }: URL): string {
  return protocol.startsWith('redis') ? '6379' : '5432';
}

class Pair {
  readonly ended: Promise<void>;
  readonly #ways: Way[];
  readonly #sockets: Socket[];

  constructor(client: Socket, upstream: Socket, conditions: { state: () => State; random: Random }) {
    this.#sockets = [client, upstream];
    const cut = () => this.cut();
    this.#ways = [
      new Way(client, upstream, { ...conditions, cut }),
      new Way(upstream, client, { ...conditions, cut }),
    ];
    this.ended = new Promise((resolve) => {
      for (const socket of this.#sockets) {
        socket.setNoDelay(true);
        socket.on('error', cut);
        socket.on('close', () => {
          cut();
          resolve();
        });
      }
    });
  }

  pump(): void {
    for (const way of this.#ways) way.pump();
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

class Way {
  readonly #to: Socket;
  readonly #conditions: { state: () => State; random: Random; cut: () => void };
  readonly #waiting: Buffer[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, conditions: { state: () => State; random: Random; cut: () => void }) {
    this.#to = to;
    this.#conditions = conditions;
    from.on('data', (piece: Buffer) => {
      this.#waiting.push(piece);
      this.pump();
    });
  }

  pump(): void {
    const { state, random, cut } = this.#conditions;
    if (this.#timer !== undefined || this.#waiting.length === 0 || state().isHeld) return;
    if (random.next() < state().loss) {
      cut();
      return;
    }
    const lateMs = random.next() * state().delayMs;
    if (lateMs === 0) {
      for (const piece of this.#waiting.splice(0)) this.#to.write(piece);
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const piece = this.#waiting.shift();
      if (piece !== undefined) this.#to.write(piece);
      this.pump();
    }, lateMs);
  }
}

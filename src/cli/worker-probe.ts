/**
 * A small HTTP server for those who look after processes: `/live` (it answers), `/ready` (it takes jobs and its ledger is
 * there), `/consuming` (it is given the jobs that wait). 200 or 503, with JSON that says why.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from '../core/error.js';
import type { Worker } from '../worker/worker.js';
import type { Address } from './address-flag.js';

export interface Probe {
  /** `http://127.0.0.1:9090` */
  url: string;
  /** What it tells of; 503 to everything before. */
  watch(worker: Worker): void;
  close(): void;
}

/** @throws {UsageError} PROBE_ADDRESS when nobody can listen there */
export async function openProbe({ host, port }: Address): Promise<Probe> {
  let worker: Worker | undefined;
  const server = createServer((request, response) => {
    const { status, body } = answer(request.method ?? '', request.url ?? '', worker);
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(`${JSON.stringify(body)}\n`);
  });
  await listen(server, { host, port });
  server.unref();
  const at = server.address() as AddressInfo;
  return {
    url: `http://${at.family === 'IPv6' ? `[${at.address}]` : at.address}:${at.port}`,
    watch: (one) => {
      worker = one;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function listen(server: Server, { host, port }: Address): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new UsageError(`--probe ${host}:${port}: ${(error as Error).message}`, {
      code: 'PROBE_ADDRESS',
      hint: 'choose another port, or 0 for any that is free',
      cause: error,
    });
  }
}

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

function answer(method: string, url: string, worker: Worker | undefined): Answer {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, body: { error: 'only GET is answered' } };
  if (worker === undefined) return { status: 503, body: { worker: null, state: 'starting' } };
  const facts = { worker: worker.id, state: worker.state };
  switch (url.split('?')[0]) {
    case '/live':
      return { status: 200, body: facts };
    case '/ready': {
      const { isUp, heardAt } = worker.ledger;
      const ready = worker.state === 'running' && isUp;
      const ledger = { up: isUp, heardAt: heardAt?.toISOString() ?? null };
      return { status: ready ? 200 : 503, body: { ready, ...facts, ledger } };
    }
    case '/consuming': {
      const deafQueues = worker.watchdog.deaf();
      const consuming = deafQueues.length === 0;
      return { status: consuming ? 200 : 503, body: { consuming, ...facts, deafQueues } };
    }
    default:
      return { status: 404, body: { error: 'there are /live, /ready and /consuming' } };
  }
}

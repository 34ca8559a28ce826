/** Private servers that the fault suite may harm: beside being killed and frozen they can be filled up. */
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { HarmableServer } from '../../src/conformance/fault.js';
import { newPostgres, newRedis, type PrivateServer } from '../faults/private-servers.js';

export interface Harmable extends HarmableServer {
  remove(): Promise<void>;
}

const EVICTED_BYTES = 200_000;
const EVICTED_WITHIN_MS = 10_000;

/** Every write is in the file before it is answered, so that a killed server forgets nothing it has acknowledged. */
export async function newHarmableRedis(): Promise<Harmable> {
  const server = await newRedis({ more: ['--appendfsync', 'always'] });
  await server.start();
  const configure = async (settings: Record<string, string>): Promise<void> => {
    const client = new Redis(server.url, { maxRetriesPerRequest: 2 });
    try {
      for (const [name, value] of Object.entries(settings)) await client.config('SET', name, value);
    } finally {
      client.disconnect();
    }
  };
  return {
    ...harmable(server),
    // Less than it uses by itself: nothing that needs memory is done any more.
    exhaust: () => configure({ 'maxmemory-policy': 'noeviction', maxmemory: '1mb' }),
    evict: async () => {
      const used = await readInfo(server.url, 'used_memory');
      await configure({ 'maxmemory-policy': 'allkeys-random', maxmemory: String(used - EVICTED_BYTES) });
      const deadline = Date.now() + EVICTED_WITHIN_MS;
      while ((await readInfo(server.url, 'evicted_keys')) === 0) {
        if (Date.now() > deadline) throw new Error('Redis has thrown no key away');
        await wait(20);
      }
    },
    relieve: () => configure({ 'maxmemory-policy': 'noeviction', maxmemory: '0' }),
  };
}

export async function newHarmablePostgres(): Promise<Harmable> {
  const server = await newPostgres();
  await server.start();
  let taken: pg.Client[] = [];
  const take = async (): Promise<boolean> => {
    const client = new pg.Client({ connectionString: server.url, application_name: 'greedy' });
    client.on('error', () => {});
    try {
      await client.connect();
      taken.push(client);
      return true;
    } catch {
      return false;
    }
  };
  return {
    ...harmable(server),
    exhaust: async () => {
      // What others have is taken from them too: they must connect again, and cannot.
      for (let round = 0; round < 3; round++) {
        while (await take());
        await taken[0]?.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'sluice%'",
        );
      }
      while (await take());
    },
    relieve: async () => {
      const ending = taken;
      taken = [];
      await Promise.all(ending.map((client) => client.end()));
    },
    evict: () => Promise.reject(new Error('PostgreSQL throws nothing away')),
  };
}

function harmable(server: PrivateServer): Omit<Harmable, 'exhaust' | 'relieve' | 'evict'> {
  return {
    url: server.url,
    kill: () => server.kill(),
    start: () => server.start(),
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    cutConnections: () => server.cutConnections(),
    remove: () => server.remove(),
  };
}

async function readInfo(url: string, field: string): Promise<number> {
  const client = new Redis(url, { maxRetriesPerRequest: 2 });
  try {
    return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(await client.info())?.[1]);
  } finally {
    client.disconnect();
  }
}

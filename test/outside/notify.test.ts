/** src/services/notify.ts; `test/services` is the program that starts the servers of the suite. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { notify } from '../../src/services/notify.js';

const EVENT = {
  type: 'schedule-late',
  message: 'schedule nightly is 2 h 00 min late',
  at: '2026-11-21T10:00:00.000Z',
  details: { schedule: 'nightly' },
};
const KEY = 'T0/B0/very-secret';

let servers: Server[] = [];

afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  servers = [];
});

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/${KEY}`;
}

describe('a notification', () => {
  it('is posted as JSON', async () => {
    const posted: { method?: string | undefined; type?: string | undefined; body: string } = { body: '' };
    const webhook = await listen((request, response) => {
      posted.method = request.method;
      posted.type = request.headers['content-type'];
      request.setEncoding('utf8').on('data', (part: string) => {
        posted.body += part;
      });
      request.on('end', () => response.writeHead(204).end());
    });
    expect(await notify({ webhook, event: EVENT })).toBeUndefined();
    expect(posted).toMatchObject({ method: 'POST', type: 'application/json' });
    expect(JSON.parse(posted.body)).toEqual(EVENT);
  });

  it('that is refused, redirected or has nobody to go to is told of without the address', async () => {
    const refused = await listen((_request, response) => response.writeHead(403).end('no'));
    const redirected = await listen((_request, response) =>
      response.writeHead(302, { location: refused }).end(),
    );
    const problems = [
      await notify({ webhook: refused, event: EVENT }),
      await notify({ webhook: redirected, event: EVENT }),
      await notify({ webhook: `http://127.0.0.1:1/services/${KEY}`, event: EVENT }),
    ];
    expect(problems[0]).toMatch(/answered 403/);
    expect(problems[1]).toMatch(/answered 302/);
    expect(problems[2]).toMatch(/cannot be reached/);
    expect(problems.join()).not.toContain('secret');
  });

  it('that gets no answer is given up after five seconds', async () => {
    const webhook = await listen(() => {});
    const startedAtMs = Date.now();
    expect(await notify({ webhook, event: EVENT })).toMatch(/has not answered for 5 s/);
    expect(Date.now() - startedAtMs).toBeLessThan(10_000);
  }, 15_000);
});

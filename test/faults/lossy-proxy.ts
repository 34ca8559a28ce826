/** Stands between a program and its server, and can make a line go dead without closing it, as a lost network does. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface LossyProxy {
  /** The server's URL, through the proxy. */
  readonly url: string;
  /** Lines that are open now carry nothing any more, either way, and are never closed; new ones work. */
  goDead(isLine?: (sent: string) => boolean): number;
  close(): void;
}

interface Line {
  near: Socket;
  far: Socket;
  /** What the program has sent, the newest part of it. */
  sent: string;
  isDead: boolean;
}

const KEPT = 100_000;

export async function startLossyProxy(target: string): Promise<LossyProxy> {
  const to = new URL(target);
  const lines = new Set<Line>();
  // Half open: a goodbye of the program is not answered once the line is dead.
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ host: to.hostname, port: Number(to.port), allowHalfOpen: true });
    const line: Line = { near, far, sent: '', isDead: false };
    lines.add(line);
    near.on('data', (part: Buffer) => {
      if (line.isDead) return;
      line.sent = (line.sent + part.toString('latin1')).slice(-KEPT);
      far.write(part);
    });
    far.on('data', (part: Buffer) => {
      if (!line.isDead) near.write(part);
    });
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const) {
      end.on('error', () => {});
      end.on('end', () => {
        if (!line.isDead) other.end();
      });
      end.on('close', () => {
        if (!line.isDead) other.destroy();
        lines.delete(line);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.port = String((server.address() as { port: number }).port);
  return {
    url: url.href,
    goDead: (isLine = () => true) => {
      const dying = [...lines].filter(({ sent, isDead }) => !isDead && isLine(sent));
      for (const line of dying) line.isDead = true;
      return dying.length;
    },
    close: () => {
      server.close();
      for (const { near, far } of lines) {
        near.destroy();
        far.destroy();
      }
    },
  };
}

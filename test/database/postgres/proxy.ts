/** Stands between the program and a server, so that a test can take the server away and bring it back. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface ServerProxy {
  /** The server's url, through the proxy. */
  readonly url: string;
  /** Ends every connection and refuses new ones. */
  takeAway(): Promise<void>;
  bringBack(): Promise<void>;
  close(): Promise<void>;
}

export async function startProxy(target: string): Promise<ServerProxy> {
  const server = new URL(target);
  const sockets = new Set<Socket>();
  let listener: Server | undefined;
  let port = 0;

  function open(): Server {
    return createServer((socket) => {
      const upstream = connect({ host: server.hostname, port: Number(server.port) });
      for (const each of [socket, upstream]) {
        sockets.add(each);
        each.on('error', () => undefined);
        each.on('close', () => {
          sockets.delete(each);
          (each === socket ? upstream : socket).destroy();
        });
      }
      socket.pipe(upstream).pipe(socket);
    });
  }

  async function bringBack(): Promise<void> {
    listener = open().listen(port, '127.0.0.1');
    await once(listener, 'listening');
    port = (listener.address() as { port: number }).port;
  }

  async function takeAway(): Promise<void> {
    const closed = once(listener!, 'close');
    listener!.close();
    for (const socket of sockets) socket.destroy();
    await closed;
    listener = undefined;
  }

  await bringBack();
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return {
    url: url.href,
    takeAway,
    bringBack,
    close: async () => {
      if (listener !== undefined) await takeAway();
    },
  };
}

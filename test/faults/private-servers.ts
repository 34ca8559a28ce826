/** A Redis or PostgreSQL of one test's own, which may be stopped, killed, frozen and started again where it was. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';

export interface PrivateServer {
  readonly url: string;
  /** On the same port and folder as before. Resolves when it answers. */
  start(): Promise<void>;
  /** At once, with no goodbye: SIGKILL for Redis, an immediate stop for PostgreSQL. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Its processes stop running; connections to it stay open and silent. */
  freeze(): void;
  thaw(): void;
  /** Ends every connection that others have to it; the server itself goes on. */
  cutConnections(): Promise<void>;
  /** Kills it and removes its folder. */
  remove(): Promise<void>;
}

const START_DEADLINE_MS = 30_000;

/** Append-only file on, no eviction; a password when one is given, `more` of its settings. Not started yet. */
export async function newRedis({
  password,
  more = [],
}: {
  password?: string;
  more?: string[];
} = {}): Promise<PrivateServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-fault-redis-'));
  const port = await freePort();
  const url = `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`;
  const settings = [
    '--bind',
    '127.0.0.1',
    '--port',
    String(port),
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'yes',
  ];
  const secret = password === undefined ? [] : ['--requirepass', password];
  const ask = async <T>(work: (client: Redis) => Promise<T>): Promise<T> => {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 2_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      return await work(client);
    } finally {
      client.disconnect();
    }
  };
  return new SupervisedServer({
    url,
    folder,
    command: ['redis-server', ...settings, ...secret, ...more],
    killSignal: 'SIGKILL',
    answers: () => ask((client) => client.ping()),
    cut: () => ask((client) => client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')),
  });
}

/** Not started yet. */
export async function newPostgres(): Promise<PrivateServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-fault-postgres-'));
  const data = path.join(folder, 'data');
  const passwordFile = path.join(folder, 'password');
  mkdirSync(data);
  writeFileSync(passwordFile, 'secret\n');
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', 'postgres', folder]);
  chmodSync(folder, 0o700);
  const port = await freePort();
  const url = `postgres://sluice:secret@127.0.0.1:${port}/postgres`;
  const bin = postgresFolder();
  const [program, ...words] = asPostgres([
    path.join(bin, 'initdb'),
    ...['--pgdata', data, '--username', 'sluice', '--encoding', 'UTF8', '--locale', 'C.UTF-8'],
    ...['--auth', 'scram-sha-256', '--pwfile', passwordFile, '--no-sync'],
  ]);
  execFileSync(program!, words, { stdio: 'ignore', timeout: START_DEADLINE_MS });
  const ask = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    client.on('error', () => {});
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  // Commits reach the kernel before they are answered: a server that is killed must lose none.
  const quick = ['fsync=off', 'full_page_writes=off', 'shared_buffers=32MB'];
  return new SupervisedServer({
    url,
    folder,
    command: asPostgres([
      path.join(bin, 'postgres'),
      ...[
        '-D',
        data,
        '-p',
        String(port),
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        `unix_socket_directories=${folder}`,
      ],
      ...quick.flatMap((setting) => ['-c', setting]),
    ]),
    killSignal: 'SIGQUIT',
    answers: () => ask('select 1'),
    cut: () => ask('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()'),
  });
}

/** A port of 127.0.0.1 on which nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

interface Supervised {
  url: string;
  folder: string;
  command: string[];
  killSignal: NodeJS.Signals;
  answers: () => Promise<unknown>;
  cut: () => Promise<unknown>;
}

class SupervisedServer implements PrivateServer {
  readonly url: string;
  readonly #of: Supervised;
  #child: ChildProcess | undefined;

  constructor(of: Supervised) {
    this.url = of.url;
    this.#of = of;
  }

  async start(): Promise<void> {
    const [program, ...words] = supervised(this.#of.command);
    this.#child = spawn(program!, words, { stdio: 'ignore' });
    const deadline = Date.now() + START_DEADLINE_MS;
    for (;;) {
      const failure = await this.#of.answers().then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failure === undefined) return;
      if (this.#child.exitCode !== null || Date.now() > deadline) throw failure;
      await wait(50);
    }
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    this.thaw();
    const gone = once(child, 'exit');
    child.kill(this.#of.killSignal);
    await gone;
  }

  freeze(): void {
    for (const pid of this.#family()) signal(pid, 'SIGSTOP');
  }

  thaw(): void {
    for (const pid of this.#family()) signal(pid, 'SIGCONT');
  }

  async cutConnections(): Promise<void> {
    await this.#of.cut();
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#of.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** The server and its children, itself first: it makes no more of them once it is stopped. */
  *#family(): Generator<number> {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    yield pid;
    const children = `/proc/${pid}/task/${pid}/children`;
    if (existsSync(children)) yield* readFileSync(children, 'utf8').split(' ').filter(Boolean).map(Number);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has just ended.
  }
}

/** Ends with this process, however that ends. */
function supervised(command: string[]): string[] {
  return existsSync('/usr/bin/setpriv') ? ['setpriv', '--pdeathsig', 'KILL', ...command] : command;
}

/** PostgreSQL refuses to run as root. */
function asPostgres(command: string[]): string[] {
  if (process.getuid?.() !== 0) return command;
  return [
    'setpriv',
    '--reuid',
    'postgres',
    '--regid',
    'postgres',
    '--init-groups',
    '--pdeathsig',
    'KILL',
    ...command,
  ];
}

function postgresFolder(): string {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(a) - Number(b)) : [];
  const newest = versions.findLast((version) => existsSync(path.join(root, version, 'bin/initdb')));
  if (newest !== undefined) return path.join(root, newest, 'bin');
  return path.dirname(execFileSync('sh', ['-c', 'command -v initdb'], { encoding: 'utf8' }).trim());
}

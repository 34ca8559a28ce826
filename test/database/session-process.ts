/** A second process on the same state folder, driven from the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./programs/session.mjs', import.meta.url));
const DEADLINE_MS = 60_000;

interface Answer {
  id?: number;
  value?: unknown;
  error?: { name: string; code?: string; message: string };
  ready?: true;
  ack?: string;
  state?: { up: boolean; message: string };
}

export interface SessionProcess {
  readonly pid: number;
  /** Keys whose insert was acknowledged. */
  readonly acknowledged: string[];
  readonly states: { up: boolean; message: string }[];
  query(text: string, params?: unknown[]): Promise<{ rows: Record<string, unknown>[]; rowCount: number }>;
  begin(): Promise<unknown>;
  tx(text: string, params?: unknown[]): Promise<unknown>;
  commit(): Promise<unknown>;
  rollback(): Promise<unknown>;
  write(name: string, count: number): Promise<{ lost: number }>;
  /** Resolves when so many inserts were acknowledged. */
  acknowledges(count: number): Promise<void>;
  close(): Promise<void>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts it, and waits until it has the database open. */
export async function startSession(stateDir: string): Promise<SessionProcess> {
  const child = spawn(process.execPath, [PROGRAM, stateDir], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const waiting = new Map<number, (answer: Answer) => void>();
  const acknowledged: string[] = [];
  const states: { up: boolean; message: string }[] = [];
  const watchers = new Set<() => void>();
  let ready!: () => void;
  const isReady = new Promise<void>((resolve) => {
    ready = resolve;
  });
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const answer = JSON.parse(line) as Answer;
    if (answer.ready) ready();
    if (answer.state !== undefined) states.push(answer.state);
    if (answer.ack !== undefined) acknowledged.push(answer.ack);
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
    for (const watcher of watchers) watcher();
  });
  let lastId = 0;
  const ask = (command: object) => {
    const id = ++lastId;
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    child.stdin!.write(`${JSON.stringify({ id, ...command })}\n`);
    return within(
      Promise.race([
        answered,
        ended.then((): Answer => ({ error: { name: 'Exited', message: 'it ended' } })),
      ]),
      JSON.stringify(command),
    ).then((answer) => {
      if (answer.error !== undefined) throw Object.assign(new Error(answer.error.message), answer.error);
      return answer.value;
    });
  };
  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    child.kill(signal);
    await within(ended, 'its end');
  };
  await within(
    Promise.race([isReady, ended.then(() => Promise.reject(new Error('it ended before it was ready')))]),
    'ready',
    child,
  );
  return {
    pid: child.pid!,
    acknowledged,
    states,
    query: (text, params) =>
      ask({ query: [text, params] }) as Promise<{ rows: Record<string, unknown>[]; rowCount: number }>,
    begin: () => ask({ begin: true }),
    tx: (text, params) => ask({ tx: [text, params] }),
    commit: () => ask({ commit: true }),
    rollback: () => ask({ rollback: true }),
    write: (name, count) => ask({ write: { name, count } }) as Promise<{ lost: number }>,
    acknowledges: (count) =>
      within(
        new Promise<void>((resolve) => {
          const watcher = () => {
            if (acknowledged.length < count) return;
            watchers.delete(watcher);
            resolve();
          };
          watchers.add(watcher);
          watcher();
        }),
        `${count} acknowledgements`,
      ),
    close: async () => {
      await ask({ close: true });
      await within(ended, 'its end');
    },
    kill,
  };
}

async function within<T>(promise: Promise<T>, what: string, child?: ChildProcess): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      child?.kill('SIGKILL');
      reject(new Error(`waited ${DEADLINE_MS / 1000} s for ${what}`));
    }, DEADLINE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

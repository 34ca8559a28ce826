/** Both ends of the line on which a task in a thread or process asks its worker. */
import {
  BackendError,
  FinalError,
  InputError,
  NotFoundError,
  SluiceError,
  UsageError,
} from '../core/error.js';
import { type AnyServices, ASKED, TOLD, type WorkServices } from './attempt-services.js';
import type { FromIsolate, ThrownInWorker, ToIsolate } from './isolate-messages.js';

type Reply = Extract<ToIsolate, { type: 'answer' | 'refuse' }>;
type Call = Extract<FromIsolate, { type: 'ask' | 'tell' }>;
type AnyMethod = (...args: unknown[]) => unknown;

/** The task's end: calls are numbered, and an answer comes back under its number. */
export class CallLine {
  readonly #send: (message: FromIsolate) => void;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #calls = 0;
  readonly services: AnyServices;

  constructor(send: (message: FromIsolate) => void) {
    this.#send = send;
    const tell = TOLD.map((method) => [
      method,
      async (...args: unknown[]) => this.#send({ type: 'tell', method, args }),
    ]);
    const ask = ASKED.map((method) => [method, (...args: unknown[]) => this.#ask(method, args)]);
    this.services = Object.fromEntries([...tell, ...ask]) as AnyServices;
  }

  settle(reply: Reply): void {
    this.#waiting.get(reply.call)?.(reply);
    this.#waiting.delete(reply.call);
  }

  #ask(method: string, args: unknown[]): Promise<unknown> {
    return new Promise((answer, refuse) => {
      const call = ++this.#calls;
      this.#waiting.set(call, (reply) =>
        reply.type === 'refuse' ? refuse(revive(reply.error)) : answer(reply.value),
      );
      this.#send({ type: 'ask', call, method, args });
    });
  }
}

/** The worker's end. A task may name any method: only those of the contract are called. */
export function answerCall(call: Call, services: WorkServices, reply: (message: Reply) => void): void {
  const known: readonly string[] = call.type === 'tell' ? TOLD : ASKED;
  if (!known.includes(call.method)) return;
  const method = services[call.method as keyof WorkServices] as AnyMethod;
  const done = Promise.resolve().then(() => method.apply(services, call.args));
  if (call.type === 'tell') {
    done.catch(() => {});
    return;
  }
  done.then(
    (value) => reply({ type: 'answer', call: call.call, value }),
    (error: unknown) => reply({ type: 'refuse', call: call.call, error: toThrown(error) }),
  );
}

function toThrown(error: unknown): ThrownInWorker {
  if (error instanceof SluiceError) {
    const { name, code, message, hint } = error;
    return { name, code, message, ...(hint === undefined ? {} : { hint }) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { name: 'Error', code: 'ERROR', message };
}

const FAMILY = { BackendError, FinalError, InputError, NotFoundError, UsageError };

function revive({ name, code, message, hint }: ThrownInWorker): Error {
  const Kind = FAMILY[name as keyof typeof FAMILY];
  return Kind === undefined ? new Error(message) : new Kind(message, { code, hint });
}

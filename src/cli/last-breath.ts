/** The end of a command, the good one and the sudden one. */
import { inspect } from 'node:util';
import { redactText } from '../config/secret.js';
import { plural } from '../core/text.js';
import { EXIT } from './exit-code.js';
import { printable } from './printable.js';

const LINGER_MS = 200;
const SHOWN_FRAMES = 6;
const SHOWN_JOBS = 5;

/**
 * A command has closed all it opened. What keeps a process alive after that is a task that did not stop when told to, or
 * a connection to a server that does not answer; neither is waited for.
 */
export function endSoon(): void {
  process.stdout.write('', () => {
    setTimeout(() => process.exit(), LINGER_MS).unref();
  });
}

/** What runs in this process, when something broke it. */
export interface Suspects {
  running: { task: string; job: string }[];
  /** Names of tasks that have run here, ended or not. */
  tasks: string[];
}

/**
 * From now on an error that nobody catches (thrown from a timer, or in a promise that nobody waits for) ends the process
 * with exit 1 and a message that names the tasks it may be of. Nothing is recorded any more: what the process held is as
 * after a kill, and its jobs come back when their leases end.
 */
export function sayWhatBrokeIt({ json, suspects }: { json: boolean; suspects: () => Suspects }): void {
  let isDying = false;
  process.on('uncaughtException', (thrown: unknown) => {
    if (isDying) return;
    isDying = true;
    const error = thrown instanceof Error ? thrown : new Error(`thrown: ${inspect(thrown)}`);
    const stream = json ? process.stdout : process.stderr;
    const die = () => process.exit(EXIT.bug);
    setTimeout(die, LINGER_MS);
    stream.write(json ? brokenJson(error, suspects()) : brokenText(error, suspects()), die);
  });
}

function brokenText(error: Error, suspects: Suspects): string {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [
    `Error: caught by nobody: ${clean(error.message)}`,
    ...frames.slice(0, SHOWN_FRAMES).map((line) => `    ${clean(line).trim()}`),
    ...describeSuspects(suspects).map((line) => `  ${line}`),
    `  ${whatNow(suspects)}`,
    '',
  ].join('\n');
}

function brokenJson(error: Error, suspects: Suspects): string {
  const facts = {
    code: 'UNCAUGHT',
    message: redactText(error.message),
    hint: whatNow(suspects),
    details: { ...suspects },
  };
  return `${JSON.stringify({ error: facts }, null, 2)}\n`;
}

function describeSuspects({ running, tasks }: Suspects): string[] {
  if (tasks.length === 0) return [];
  const jobs = running.slice(0, SHOWN_JOBS).map(({ task, job }) => `${task} (${job})`);
  const more = running.length > SHOWN_JOBS ? ` and ${plural(running.length - SHOWN_JOBS, 'job')} more` : '';
  return [
    `It was thrown in a timer or a promise that nobody waits for, so it cannot be told of which job it is.`,
    `Running here: ${jobs.length === 0 ? 'nothing' : clean(jobs.join(', '))}${more}. Tasks that have run here: ${clean(tasks.join(', '))}.`,
    'What ran is run again when its lease ends; nothing that was recorded is lost.',
  ];
}

function whatNow({ tasks }: Suspects): string {
  return tasks.length === 0
    ? 'This is a fault of jobs: please report it with the command you typed.'
    : "Await every promise in the task and clear its timers, or give it isolation: 'thread', where only the row fails; then type the same command again.";
}

function clean(text: string): string {
  return printable(redactText(text));
}

/** What a worker says on standard error: short lines on a terminal, JSON lines for whoever gathers logs. */
import { redactText } from '../config/secret.js';
import type { LogLevel, LogLine } from '../worker/log-line.js';
import { printable } from './printable.js';

export interface WorkerLog {
  /** Of the worker itself. */
  say(message: string, level?: LogLevel): void;
  /** Of a task. */
  line(line: LogLine): void;
}

export interface WorkerLogOptions {
  quiet: boolean;
  'log-level': string;
  /** Nobody chose the level: the worker's own lines are shown as well. */
  isDefaultLevel: boolean;
  isTerminal: boolean;
  /** Where lines go; `line` ends with no line break. */
  write: (line: string) => void;
}

const LEVELS = ['debug', 'info', 'warn', 'error'];

export async function openWorkerLog(options: WorkerLogOptions): Promise<WorkerLog> {
  const isShown = (level: LogLevel, least: string): boolean =>
    !options.quiet && LEVELS.indexOf(level) >= LEVELS.indexOf(least);
  const own = options.isDefaultLevel ? 'info' : options['log-level'];
  const write = options.isTerminal ? textWriter(options) : await jsonWriter(options);
  return {
    say: (message, level = 'info') => {
      if (isShown(level, own)) write({ level, message });
    },
    line: (line) => {
      if (isShown(line.level, options['log-level'])) write(line);
    },
  };
}

type Line = Pick<LogLine, 'level' | 'message'> & Partial<LogLine>;

function textWriter({ write }: WorkerLogOptions): (line: Line) => void {
  return ({ task, job, message }) => {
    const text = message
      .split('\n')
      .map((one) => printable(redactText(one)))
      .join('\n');
    write([task, job, text].filter((part) => part !== undefined && part !== null).join(' '));
  };
}

/** `time` as ISO text, `level` as a word, `msg`, and of a task's line where it comes from. */
async function jsonWriter({ write }: WorkerLogOptions): Promise<(line: Line) => void> {
  const { pino, stdTimeFunctions } = await import('pino');
  const logger = pino(
    {
      level: 'debug',
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    { write: (line: string) => write(line.trimEnd()) },
  );
  return ({ level, message, ...facts }) => {
    const known = Object.entries(facts).filter(([, value]) => value !== null && value !== undefined);
    const shown = known.map(([name, value]) => [name, typeof value === 'string' ? redactText(value) : value]);
    logger[level](Object.fromEntries(shown), redactText(message));
  };
}

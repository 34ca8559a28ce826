/** What every command shares: global flags, the config, results on stdout, everything else on stderr, errors caught once. */
import { inspect } from 'node:util';
import { Command, Flags, type Interfaces } from '@oclif/core';
import type { LoadedConfig } from '../config/load.js';
import { redactText } from '../config/secret.js';
import { SluiceError } from '../core/error.js';
import type { Toolkit } from '../toolkit.js';
import { sendConsoleToStderr } from '../worker/task-console.js';
import { exitCodeOf } from './exit-code.js';
import { endSoon, sayWhatBrokeIt } from './last-breath.js';
import { isWordedByOclif, toUsageError } from './oclif-usage.js';
import { sayOnce } from './trouble.js';

export type CommonFlags = Interfaces.InferredFlags<typeof BaseCommand.baseFlags>;

export abstract class BaseCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({
      description: 'Print the result as one JSON document',
      helpGroup: 'GLOBAL',
      env: 'JOBS_JSON',
    }),
    config: Flags.string({
      description: 'Config file to use',
      helpGroup: 'GLOBAL',
      helpValue: 'FILE',
      env: 'JOBS_CONFIG',
    }),
    quiet: Flags.boolean({ description: 'No progress and no notes', helpGroup: 'GLOBAL', env: 'JOBS_QUIET' }),
    'log-level': Flags.option({
      description: 'What of the log is shown on stderr',
      options: ['error', 'warn', 'info', 'debug'] as const,
      default: 'warn',
      helpGroup: 'GLOBAL',
      env: 'JOBS_LOG_LEVEL',
    })(),
    'no-color': Flags.boolean({ description: 'No colours', helpGroup: 'GLOBAL', env: 'JOBS_NO_COLOR' }),
  };

  /** The config of this call; nothing is opened yet. */
  protected async loadConfig(flags: CommonFlags): Promise<LoadedConfig> {
    const { loadConfig } = await import('../config/load.js');
    return loadConfig({ file: flags.config, cwd: process.cwd(), env: process.env });
  }

  /** Opens everything, gives it to `work`, and closes it whatever happens. */
  protected withToolkit<T>(flags: CommonFlags, work: (toolkit: Toolkit) => Promise<T>): Promise<T> {
    return this.withLedger(flags, async (toolkit) => {
      await toolkit.queues.connect();
      return work(toolkit);
    });
  }

  /** Opens all but the queue: for commands that only read and write the ledger. */
  protected async withLedger<T>(flags: CommonFlags, work: (toolkit: Toolkit) => Promise<T>): Promise<T> {
    const [{ config }, { openToolkit }] = await Promise.all([
      this.loadConfig(flags),
      import('../toolkit.js'),
    ]);
    sendConsoleToStderr();
    const toolkit = await openToolkit({ config, onTrouble: sayOnce((message) => this.note(flags, message)) });
    sayWhatBrokeIt({ json: flags.json, suspects: () => toolkit.inlineRuns() });
    try {
      return await work(toolkit);
    } finally {
      await toolkit.close();
    }
  }

  /** The result: as JSON when asked for, else as text. */
  protected print(flags: { json: boolean }, result: unknown, text: () => string): void {
    process.stdout.write(`${flags.json ? JSON.stringify(result, null, 2) : text()}\n`);
  }

  /** Something to know while it runs; never on stdout. */
  protected note(flags: { quiet: boolean; 'log-level': string }, message: string): void {
    if (!flags.quiet && flags['log-level'] !== 'error') process.stderr.write(`${redactText(message)}\n`);
  }

  override async catch(thrown: unknown): Promise<void> {
    const error = this.asError(thrown);
    const code = exitCodeOf(error);
    if (this.argv.includes('--json') || process.env.JOBS_JSON === 'true') {
      process.stdout.write(`${JSON.stringify({ error: errorJson(error) }, null, 2)}\n`);
    } else {
      process.stderr.write(errorText(error));
    }
    process.exitCode = code;
  }

  protected override async finally(): Promise<void> {
    endSoon();
  }

  private asError(thrown: unknown): Error {
    if (isWordedByOclif(thrown)) return toUsageError(thrown, (this.id ?? '').replaceAll(':', ' '));
    return thrown instanceof Error ? thrown : new Error(`thrown: ${inspect(thrown)}`);
  }
}

function errorJson(error: Error): { code: string; message: string; hint: string | null; details: unknown } {
  const message = redactText(error.message);
  if (error instanceof SluiceError) {
    return { code: error.code, message, hint: error.hint ?? null, details: error.details };
  }
  return {
    code: 'BUG',
    message,
    hint: 'this is a fault of jobs: please report it with the command you typed',
    details: {},
  };
}

function errorText(error: Error): string {
  const message = redactText(error.message);
  if (error instanceof SluiceError) {
    return `Error: ${message}\n${error.hint === undefined ? '' : `  ${error.hint}\n`}`;
  }
  const frames = redactText((error.stack ?? '').split('\n').slice(1, 6).join('\n'));
  return `Error: ${message}\n${frames}\n  This is a fault of jobs: please report it with the command you typed.\n`;
}

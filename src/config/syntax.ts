/** A config file that cannot be read as what it is: where it breaks. */
import { InputError } from '../core/error.js';
import { scanJson } from './json-text.js';
import { redactText } from './secret.js';

interface Place {
  file: string;
  line: number;
  column: number;
  problem: string;
}

/** `thrown`, by a loader of `file`, as CONFIG_SYNTAX with line and column, or CONFIG_BROKEN when the file ran and failed. */
export function syntaxError(file: string, text: string, thrown: unknown): InputError {
  const place = yamlPlace(file, thrown) ?? scriptPlace(thrown) ?? jsonPlace(file, text, thrown);
  if (place === undefined) return brokenError(file, thrown);
  const at = `${place.file}:${place.line}:${place.column}`;
  return new InputError(`The config cannot be read: ${place.problem} at ${at}`, {
    code: 'CONFIG_SYNTAX',
    hint: `Open ${at} and mend the line, or the one before it`,
    details: { file: place.file, line: place.line, column: place.column },
  });
}

/** js-yaml counts lines and columns from 0. */
function yamlPlace(file: string, thrown: unknown): Place | undefined {
  if (!(thrown instanceof Error) || thrown.name !== 'YAMLException') return undefined;
  const { mark, reason } = thrown as Error & { mark?: { line: number; column: number }; reason?: string };
  if (mark === undefined) return undefined;
  return { file, line: mark.line + 1, column: mark.column + 1, problem: reason ?? 'this is not YAML' };
}

/** jiti's message is `ParseError: what \n file:line:column`, the column counted from 0. */
function scriptPlace(thrown: unknown): Place | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const match = /^ParseError: (.*?)\s*\n\s*(.+):(\d+):(\d+)/s.exec(thrown.message);
  if (match === null) return undefined;
  const [, problem = '', file = '', line, column] = match;
  return { file, line: Number(line), column: Number(column) + 1, problem: problem.replace(/,$/, '') };
}

function jsonPlace(file: string, text: string, thrown: unknown): Place | undefined {
  if (!(thrown instanceof SyntaxError) || !file.endsWith('.json')) return undefined;
  const { problem } = scanJson(text);
  return problem && { file, ...problem, problem: 'this is not JSON' };
}

function brokenError(file: string, thrown: unknown): InputError {
  const message = thrown instanceof Error ? (thrown.message.split('\n')[0] as string) : String(thrown);
  const frame = thrown instanceof Error ? frameIn(file, thrown.stack ?? '') : undefined;
  return new InputError(`The config ${frame ?? file} stopped with an error: ${redactText(message)}`, {
    code: 'CONFIG_BROKEN',
    hint: 'The file is a program that is run to get the config; mend what it does there',
    details: { file },
    cause: thrown,
  });
}

function frameIn(file: string, stack: string): string | undefined {
  const start = stack.indexOf(`${file}:`);
  return start < 0 ? undefined : (/^.+?:\d+:\d+/.exec(stack.slice(start))?.[0] ?? undefined);
}

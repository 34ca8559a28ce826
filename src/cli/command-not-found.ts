/** What `jobs` answers to a command that it does not have. */
import type { Hook } from '@oclif/core';
import { nearestName } from '../core/nearest-name.js';
import { EXIT } from './exit-code.js';

export const commandNotFound: Hook<'command_not_found'> = async ({ id, config, argv }) => {
  const known = config.commandIDs.map((one) => one.replaceAll(':', ' '));
  const typed = [id.replaceAll(':', ' '), ...(argv ?? [])].join(' ').trim();
  const nearest = nearestName(typed, known) ?? nearestName(typed.split(' ')[0]!, known);
  const message = `There is no command "${typed}"`;
  const hint = nearest === undefined ? 'jobs --help' : `did you mean: jobs ${nearest}`;
  if (process.argv.includes('--json')) {
    process.stdout.write(
      `${JSON.stringify({ error: { code: 'COMMAND_NOT_FOUND', message, hint, details: { typed } } }, null, 2)}\n`,
    );
  } else {
    process.stderr.write(`Error: ${message}\n  ${hint}\n`);
  }
  process.exit(EXIT.usage);
};

/** What of the config's schedules needs more than the schema: the cron parser is loaded only where it is used. */
import { InputError } from '../core/error.js';
import { shorten } from '../core/text.js';
import type { Config } from './config.js';

/** Names become part of job ids, and of what is typed. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** @throws {InputError} SCHEDULE_NAME_INVALID, CRON_INVALID; naming the schedule */
export async function checkSchedules({ schedules, file }: Pick<Config, 'schedules' | 'file'>): Promise<void> {
  const where = file === undefined ? '' : ` in ${file}`;
  for (const [name, { cron }] of Object.entries(schedules)) {
    if (!NAME.test(name)) {
      throw new InputError(
        `schedules has a name${where} that cannot be used: found "${shorten(name)}"; expected at most 64 letters, digits, dots, dashes and underscores, such as nightly-cleanup`,
        { code: 'SCHEDULE_NAME_INVALID', details: { found: name } },
      );
    }
    if (cron === undefined) continue;
    const { parseCron } = await import('../core/cron.js');
    try {
      parseCron(cron);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const { code, hint, details } = error;
      throw new InputError(`schedules.${name}${where}: ${error.message}`, {
        code,
        hint,
        details: { ...details, key: `schedules.${name}.cron` },
      });
    }
  }
}

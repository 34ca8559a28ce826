/** What a worker says of schedules when it starts: they are applied by hand, so a forgotten one is said aloud. */
import { SluiceError } from '../core/error.js';
import type { Toolkit } from '../toolkit.js';

/** One line; undefined when there is nothing to say. */
export async function scheduleNote(toolkit: Toolkit): Promise<string | undefined> {
  try {
    const schedules = await toolkit.schedules.list();
    const parts = [
      [schedules.filter(({ state }) => state === 'not-applied').length, 'to add'],
      [
        schedules.filter(({ state, config }) => state !== 'not-applied' && config === 'changed').length,
        'changed',
      ],
      [schedules.filter(({ config }) => config === 'absent').length, 'not in it any more'],
    ] as const;
    const said = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
    if (said.length === 0) return undefined;
    return `Note: the schedules of this config are not those that are applied (${said.join(', ')}): jobs schedule plan`;
  } catch (error) {
    if (error instanceof SluiceError)
      return `Note: the schedules of this config cannot be used: ${error.message}`;
    throw error;
  }
}

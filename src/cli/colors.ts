/** Colours, unless NO_COLOR, JOBS_NO_COLOR or --no-color says otherwise, or the output is no terminal. */
import picocolors from 'picocolors';

const isRefused = Boolean(process.env.JOBS_NO_COLOR);

export const colors = picocolors.createColors(picocolors.isColorSupported && !isRefused);

/** What doctor found, as people read it. */

import type { DoctorReport } from '../doctor.js';
import { colors } from './colors.js';
import { printable } from './printable.js';

const MARK = {
  ok: colors.green('ok  '),
  warning: colors.yellow('warn'),
  failure: colors.red('FAIL'),
} as const;

export function renderDoctor({ checks, ok }: DoctorReport): string {
  const lines = checks.flatMap(({ name, state, found, fix }) => [
    `${MARK[state]} ${name}: ${printable(found)}`,
    ...(fix === null ? [] : [`       ${printable(fix)}`]),
  ]);
  return [...lines, '', ok ? 'Ready.' : 'Something would stop a run: see FAIL above.'].join('\n');
}

/** What doctor found, as people read it. */
import pc from 'picocolors';
import type { DoctorReport } from '../doctor.js';
import { printable } from './table.js';

const MARK = { ok: pc.green('ok  '), warning: pc.yellow('warn'), failure: pc.red('FAIL') } as const;

export function renderDoctor({ checks, ok }: DoctorReport): string {
  const lines = checks.flatMap(({ name, state, found, fix }) => [
    `${MARK[state]} ${name}: ${printable(found)}`,
    ...(fix === null ? [] : [`       ${printable(fix)}`]),
  ]);
  return [...lines, '', ok ? 'Ready.' : 'Something would stop a run: see FAIL above.'].join('\n');
}

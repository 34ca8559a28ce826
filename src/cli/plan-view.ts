/** A dry run in words. */

import type { Plan } from '../batch/plan.js';
import { formatDuration } from '../core/duration.js';
import { plural, shorten } from '../core/text.js';
import { printable } from './printable.js';
import { table } from './table.js';

const SHOWN_INVALID = 20;

export function renderPlan(plan: Plan): string {
  const { rows } = plan;
  const lines = [
    `${plan.task} on ${printable(plan.source.file)}${plan.source.sheet === undefined ? '' : `, sheet ${printable(plan.source.sheet)}`}: ${plural(rows.total, 'row')}`,
    `  ${rows.run} would run, ${rows.skip} unchanged would be skipped, ${rows.invalid} invalid`,
    `  ${plan.expectedMs === null ? 'no expected time: this task has no history here' : `about ${formatDuration(plan.expectedMs)}, from this task's last batches`}`,
  ];
  if (plan.continues !== null) lines.push(`  would go on with unfinished batch ${plan.continues}`);
  lines.push(...plan.warnings.map((warning) => `  note: ${printable(warning)}`));
  if (plan.invalid.length > 0) {
    const issues = plan.invalid.flatMap(({ row, issues: found }) =>
      found.map((issue) => ({ row, ...issue })),
    );
    lines.push(
      '',
      table(issues.slice(0, SHOWN_INVALID), [
        { head: 'row', value: ({ row }) => String(row), right: true },
        { head: 'cell', value: ({ cell }) => cell },
        {
          head: 'what is wrong',
          value: ({ message, hint }) => shorten(hint === undefined ? message : `${message} (${hint})`, 110),
        },
      ]),
    );
    if (issues.length > SHOWN_INVALID)
      lines.push(`… and ${issues.length - SHOWN_INVALID} more; all with --json`);
  }
  lines.push('', 'Nothing was recorded or queued.');
  return lines.join('\n');
}

/** The config as people read it. */
import type { Explanation } from '../config/explain.js';
import { printable } from './printable.js';

export function renderConfig({
  file,
  root,
  values,
}: {
  file: string | null;
  root: string;
  values: unknown;
}): string {
  return `${file ?? 'no config file; defaults and environment'}\n  paths start from ${root}\n\n${JSON.stringify(values, null, 2)}`;
}

export function renderExplanation(explanation: Explanation): string {
  const lines = [
    `${explanation.key} = ${JSON.stringify(explanation.value)}`,
    `  from ${explanation.from === 'default' ? 'the default' : `${explanation.from}: ${printable(explanation.source)}`}`,
    ...explanation.overridden.map(
      ({ from, source, value }) =>
        `  instead of ${JSON.stringify(value)} from ${from === 'default' ? 'the default' : `${from}: ${printable(source)}`}`,
    ),
  ];
  if (explanation.description !== null) lines.push(`  ${explanation.description}`);
  if (explanation.variables.length > 0) lines.push(`  can be set by ${explanation.variables.join(', ')}`);
  return lines.join('\n');
}

import type { BenchRow } from './bench.js';

/** Rows as a table. */
export function markdown(rows: readonly BenchRow[]): string {
  const head = ['what', 'value', 'ratio', 'target'] as const;
  const lines = [head, head.map(() => '---'), ...rows.map((row) => head.map((name) => row[name] ?? ''))];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

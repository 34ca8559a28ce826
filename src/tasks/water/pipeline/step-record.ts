/** How the steps of a batch ended: the artifact `desilting-steps.json` and the table in the report. */
import type { ReportSection } from '../../../core/report-section.js';
import type { StepName } from './step.js';

export interface StepRecord {
  name: StepName;
  title: string;
  /** `kept`: nothing that it reads has changed, so its outputs are those of an earlier run. */
  state: 'done' | 'kept' | 'failed' | 'skipped';
  /** Of what failed or was skipped. */
  reason?: string | undefined;
  error?: { code: string; message: string; hint?: string } | undefined;
  elapsedMs: number;
  outputs: { name: string; sha256: string; bytes: number }[];
  notes: string[];
}

export function stepsSection(records: readonly StepRecord[]): ReportSection {
  return {
    id: 'desilting-steps',
    title: 'Steps of the pipeline',
    text: textOf(records),
    items: [
      {
        kind: 'table',
        title: 'Steps',
        columns: ['step', 'what', 'state', 'seconds', 'outputs', 'remark'],
        rows: records.map(({ name, title, state, elapsedMs, outputs, reason, notes }) => [
          name,
          title,
          state,
          state === 'skipped' ? null : Math.round(elapsedMs / 100) / 10,
          inShort(outputs.map((output) => output.name)),
          [reason, ...notes].filter((text) => text !== undefined).join(' ') || null,
        ]),
      },
    ],
  };
}

function textOf(records: readonly StepRecord[]): string {
  const failed = records.filter(({ state }) => state === 'failed').map(({ name }) => name);
  const kept =
    'A step that is kept has the outputs of an earlier run: nothing that it reads has changed since.';
  return failed.length === 0 ? kept : `Failed: ${failed.join(', ')}. ${kept}`;
}

function inShort(names: readonly string[]): string | null {
  const [first, second, ...others] = names;
  if (first === undefined) return null;
  if (second === undefined) return first;
  return others.length === 0 ? `${first}, ${second}` : `${first} and ${others.length + 1} more`;
}

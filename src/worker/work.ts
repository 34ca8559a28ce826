/** What runs here, in a thread or in a process: an attempt at a row or a single job, or the end of a batch. */
import type { AnyTask } from '../core/task.js';
import type { AnyServices, AttemptServices, FinishServices } from './attempt-services.js';
import { type EndFacts, runFinish } from './run-finish.js';
import { type AttemptFacts, runTask } from './run-task.js';

export type Work =
  | { kind: 'attempt'; facts: AttemptFacts; services: AttemptServices }
  | { kind: 'finish'; facts: EndFacts; services: FinishServices };

/** {@link Work} as it is sent to a thread or process. */
export type SentWork = { kind: 'attempt'; facts: AttemptFacts } | { kind: 'finish'; facts: EndFacts };

export function received(sent: SentWork, services: AnyServices): Work {
  return { ...sent, services };
}

/** Returns what the task did; null of a finish. */
export async function runWork(
  task: AnyTask,
  work: Work,
  stop: { readonly signal: AbortSignal },
): Promise<Record<string, unknown> | null> {
  if (work.kind === 'attempt') return runTask(task, work.facts, work.services, stop);
  await runFinish(task, work.facts, work.services, stop);
  return null;
}

/** Goes on with a batch that has not ended. */
import type { BatchRecord } from '../ledger/batches.js';
import type { BatchParts } from './parts.js';
import { completeRequest } from './request.js';
import { type SubmitProgress, submit } from './submit.js';
import { requeueLostRows } from './sweep.js';

/** Makes sure that every open row has its job. A submission that was cut off is begun again from its file. */
export async function resumeBatch(
  parts: BatchParts,
  batch: BatchRecord,
  { signal }: Pick<SubmitProgress, 'signal'>,
): Promise<void> {
  if (batch.state === 'running' || batch.state === 'finishing') await requeueLostRows(parts, batch);
  if (batch.state !== 'submitting') return;
  const { force, notBeforeMs: _delay, expiresAtMs: _expiry, priority, ...selection } = batch.selection;
  const request = {
    task: batch.task,
    file: batch.source.path,
    options: batch.options,
    sheet: batch.source.sheet,
  };
  const again = { selection, force, mustResume: true, queue: batch.queue, priority };
  await submit(parts, completeRequest({ ...request, ...again }), { signal });
}

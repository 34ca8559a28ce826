/**
 * Runs the steps of a batch one after another: each is kept from before when nothing it reads has changed, done, failed,
 * or skipped with the reason. What is kept or done becomes artifacts and report sections; a failure stops only the steps
 * that need the failed one.
 */
import { copyFile, link, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FinalError, toErrorRecord } from '../../../core/error.js';
import type { FinishContext } from '../../../core/task.js';
import type { DesiltingOptions } from '../desilting-options.js';
import type { PreparedDesilting } from '../prepared.js';
import type { Spool } from '../spool.js';
import type { LocatedRow } from './located-rows.js';
import { inWords, missingData, type StepPlan, sourcesOf, stepIn } from './plan-steps.js';
import { NothingToDo, type Step, type StepContext, type StepName } from './step.js';
import { findKept, type KeptStep, keepStep } from './step-cache.js';
import { type RowDigests, stepKey } from './step-keys.js';
import { type StepRecord, stepsSection } from './step-record.js';
import { STEPS } from './steps.js';

type Context = FinishContext<DesiltingOptions, PreparedDesilting>;

/** `anew` and `asked` as the plan has them; `rows` are those with a water pixel. */
export interface StepsToRun {
  plan: StepPlan & { asked: ReadonlySet<StepName> };
  rows: Spool<LocatedRow>;
  digests: RowDigests;
}

const NO_ROWS = 'nothing to process: no row has a water pixel';

/**
 * @throws {FinalError} STEPS_FAILED after all steps, naming those that failed; what the others left is in the batch then
 */
export async function runSteps(ctx: Context, todo: StepsToRun): Promise<void> {
  const left = new Map<StepName, { key: string; kept: KeptStep }>();
  const records: StepRecord[] = [];
  for (const [i, step] of STEPS.entries()) {
    ctx.signal.throwIfAborted();
    const startedAt = performance.now();
    const { kept, key, ...end } = await endOf(step, ctx, todo, { left, records });
    if (kept !== undefined) {
      await handOver(ctx, step, kept);
      left.set(step.name, { key, kept });
    }
    records.push({
      name: step.name,
      title: step.title,
      ...end,
      elapsedMs: Math.round(performance.now() - startedAt),
      outputs: (kept?.outputs ?? [])
        .filter(isShown)
        .map(({ name, sha256, bytes }) => ({ name, sha256, bytes })),
      notes: kept?.notes ?? [],
    });
    await ctx.progress((i + 1) / STEPS.length);
  }
  await ctx.report(stepsSection(records));
  await ctx.artifact({
    name: 'desilting-steps.json',
    kind: 'steps',
    title: 'Steps of the pipeline',
    content: `${JSON.stringify({ batch: ctx.batch.id, steps: records }, null, 2)}\n`,
  });
  refuseFailed(records);
}

type End = Pick<StepRecord, 'state' | 'reason' | 'error'> & { kept?: KeptStep; key: string };
interface Before {
  left: ReadonlyMap<StepName, { key: string; kept: KeptStep }>;
  records: readonly StepRecord[];
}

async function endOf(step: Step, ctx: Context, todo: StepsToRun, before: Before): Promise<End> {
  const skipped = (reason: string): End => ({ state: 'skipped', reason, key: '' });
  const missing = missingData(step, ctx.data);
  if (missing !== null) return skipped(`there is no ${inWords(missing)}`);
  if (todo.digests.count === 0) return skipped(NO_ROWS);
  const stopped = stoppedBy(step, ctx, before);
  if (stopped !== undefined)
    return skipped(
      `it needs step ${stopped.name}, which ${stopped.state === 'failed' ? 'failed' : 'was skipped'}`,
    );
  const keys = new Map([...before.left].map(([name, { key }]) => [name, key]));
  try {
    const key = await stepKey(step, ctx, { digests: todo.digests, keys });
    const kept = todo.plan.anew.has(step.name) ? null : await findKept(ctx.cacheDir, step.name, key);
    if (kept !== null) return { state: 'kept', kept, key };
    if (!todo.plan.asked.has(step.name)) return skipped('it was not asked for (steps)');
    return { state: 'done', kept: await run(step, ctx, { rows: todo.rows, key, before }), key };
  } catch (thrown) {
    if (ctx.signal.aborted) throw thrown;
    return thrown instanceof NothingToDo ? skipped(thrown.message) : failed(step, ctx, thrown);
  }
}

function failed(step: Step, { log }: Context, thrown: unknown): End {
  const { code, message, hint } = toErrorRecord(thrown);
  log.warn(`Step ${step.name} failed: ${message}`);
  const error = { code, message, ...(hint === undefined ? {} : { hint }) };
  return { state: 'failed', reason: message, error, key: '' };
}

/** The first of the steps that this one cannot do without and that left nothing. */
function stoppedBy(step: Step, { data }: Context, { left, records }: Before): StepRecord | undefined {
  const optional = new Set(step.uses ?? []);
  const needed = sourcesOf(step, data).filter(
    (source) => source.startsWith('step.') && !optional.has(source),
  );
  const gone = needed.map(stepIn).find((name) => !left.has(name));
  return records.find(({ name }) => name === gone);
}

async function run(
  step: Step,
  ctx: Context,
  { rows, key, before }: { rows: Spool<LocatedRow>; key: string; before: Before },
): Promise<KeptStep> {
  const scratch = join(await ctx.scratch(), step.name);
  const made = join(scratch, 'made');
  await mkdir(made, { recursive: true });
  const runStep = await step.load();
  const result = await runStep(contextOf(ctx, { rows, made, scratch, before }));
  ctx.signal.throwIfAborted();
  return keepStep(ctx.cacheDir, step.name, { key, made, result });
}

function contextOf(
  ctx: Context,
  { rows, made, scratch, before }: { rows: Spool<LocatedRow>; made: string; scratch: string; before: Before },
): StepContext {
  return {
    options: ctx.options,
    data: ctx.data,
    batch: ctx.batch,
    rows,
    folder: made,
    scratch,
    cacheDir: ctx.cacheDir,
    from: (step, file) => {
      const kept = before.left.get(step)?.kept;
      return kept?.outputs.some(({ name }) => name === file) ? join(kept.folder, file) : undefined;
    },
    signal: ctx.signal,
    log: ctx.log,
  };
}

/** Files are linked, so that what the batch keeps costs the cache no second copy. */
async function handOver(ctx: Context, step: Step, { folder, outputs, sections }: KeptStep): Promise<void> {
  const outbox = join(await ctx.scratch(), step.name, 'out');
  await mkdir(outbox, { recursive: true });
  for (const output of outputs.filter(isShown)) {
    const { name, kind, title } = output;
    const file = join(outbox, name);
    await link(join(folder, name), file).catch(() => copyFile(join(folder, name), file));
    await ctx.artifact({ name, kind, title, file });
  }
  for (const section of sections) await ctx.report(section);
}

function isShown({ internal }: { internal?: boolean }): boolean {
  return internal !== true;
}

function refuseFailed(records: readonly StepRecord[]): void {
  const failed = records.filter(({ state }) => state === 'failed');
  if (failed.length === 0) return;
  const each = failed.map(({ name, reason }) => `${name}: ${reason}`);
  throw new FinalError(`${failed.length} of ${records.length} steps failed. ${each.join('; ')}`, {
    code: 'STEPS_FAILED',
    hint:
      failed.find(({ error }) => error?.hint !== undefined)?.error?.hint ??
      'correct the data and run the same command again: what is done is kept',
    details: { steps: failed.map(({ name }) => name) },
  });
}

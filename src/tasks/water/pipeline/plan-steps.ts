/** Which steps a batch asks for, and whether what they read is there. Pure. */
import { InputError } from '../../../core/error.js';
import type { DataSource } from '../../../core/task.js';
import { STEP_NAMES, type Step, type StepName, type StepSource } from './step.js';
import { STEPS, stepOf } from './steps.js';

type Data = Readonly<Record<string, DataSource | undefined>>;

export interface StepPlan {
  /** Null: no pipeline, the layers of the points alone. */
  asked: ReadonlySet<StepName> | null;
  /** Asked for by name: made anew even when nothing has changed. */
  anew: ReadonlySet<StepName>;
}

/** Without any other data the layers of the points say all there is, so the pipeline waits to be asked for. */
const OF_THE_POINTS = ['lulc', 'mws', 'waterbodies'];

/** What `--set steps=…` comes to. Steps that the named ones read are asked for with them. */
export function planSteps(steps: string | undefined, data: Data): StepPlan {
  const none: ReadonlySet<StepName> = new Set();
  if (steps === 'none') return { asked: null, anew: none };
  if (steps === undefined && !pipelineData().some((name) => data[name] !== undefined))
    return { asked: null, anew: none };
  if (steps === undefined || steps === 'all') return { asked: new Set(STEP_NAMES), anew: none };
  const named = new Set(stepNames(steps) as StepName[]);
  return { asked: withSources(named, data), anew: named };
}

/** The words of a list of steps; not checked. */
export function stepNames(steps: string): string[] {
  return steps
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

/**
 * Refuses a step that was asked for by name and that lacks its data.
 * @throws {InputError} STEP_DATA_MISSING
 */
export function checkNamedSteps({ anew }: StepPlan, data: Data): void {
  for (const name of anew) {
    const missing = missingData(stepOf(name), data);
    if (missing === null) continue;
    throw new InputError(
      `Step ${name} (${stepOf(name).title.toLowerCase()}) needs ${inWords(missing)}, and the config has ${missing.length === 1 ? 'no such entry' : 'none of them'}`,
      {
        code: 'STEP_DATA_MISSING',
        hint: `add it to the config (data: { ${missing[0]!.replace('data.', '')}: '…' }), or leave ${name} out of steps`,
        details: { step: name, expected: missing },
      },
    );
  }
}

/** The first group of data of which nothing is there, for the step itself or a step it cannot do without; null when all is. */
export function missingData(step: Step, data: Data): StepSource[] | null {
  for (const group of step.needs) {
    if (group.some((source) => isThere(source, data))) continue;
    const ofData = group.filter((source) => source.startsWith('data.'));
    if (ofData.length > 0) return [...ofData];
    return missingData(stepOf(stepIn(group[0]!)), data);
  }
  return null;
}

/** Of each group the first source that can be had, and the optional ones that can. */
export function sourcesOf(step: Step, data: Data): StepSource[] {
  return [
    ...step.needs.flatMap((group) => group.find((source) => isThere(source, data)) ?? []),
    ...(step.uses ?? []).filter((source) => isThere(source, data)),
  ];
}

/** `mws` of `data.mws` and of `step.mws`. */
export function nameIn(source: StepSource): string {
  return source.slice(source.indexOf('.') + 1);
}

export function stepIn(source: StepSource): StepName {
  return nameIn(source) as StepName;
}

/** `data.dem or data.drainage`. */
export function inWords(sources: readonly StepSource[]): string {
  return sources.join(' or ');
}

function isThere(source: StepSource, data: Data): boolean {
  return source.startsWith('data.')
    ? data[nameIn(source)] !== undefined
    : missingData(stepOf(stepIn(source)), data) === null;
}

function withSources(named: ReadonlySet<StepName>, data: Data): Set<StepName> {
  const asked = new Set<StepName>();
  const add = (name: StepName) => {
    if (asked.has(name)) return;
    asked.add(name);
    for (const source of sourcesOf(stepOf(name), data)) if (source.startsWith('step.')) add(stepIn(source));
  };
  for (const name of named) add(name);
  return asked;
}

/** Every entry of `data` that only the pipeline reads. */
function pipelineData(): string[] {
  const sources = STEPS.flatMap(({ needs, uses = [] }) => [...needs.flat(), ...uses]);
  const entries = sources.filter((source) => source.startsWith('data.')).map(nameIn);
  return entries.filter((name) => !OF_THE_POINTS.includes(name));
}

/** Runs a task's `finish`, here or in a thread or process. */
import type { FinishFacts } from '../core/batch-end.js';
import { cacheFolder } from '../core/cache-folder.js';
import type { ReportSection } from '../core/report-section.js';
import type { LedgerRow } from '../core/row.js';
import type { AnyTask, FinishContext } from '../core/task.js';
import type { FinishServices } from './attempt-services.js';
import { fileKeeper } from './file-keeper.js';

/** What a finish is about: plain JSON, so that it can be sent to a thread. */
export interface EndFacts extends FinishFacts {
  task: string;
  job: { id: string; queue: string };
  stateDir: string;
}

const SECTION_KIND = 'report-section';

/** `rows` may be read more than once. */
export async function runFinish(
  task: AnyTask,
  facts: EndFacts,
  services: FinishServices,
  stop: { readonly signal: AbortSignal },
): Promise<void> {
  const rows = { [Symbol.asyncIterator]: () => pages(services) };
  await task.finish?.(toContext(facts, services, stop), rows);
}

async function* pages(services: FinishServices): AsyncGenerator<LedgerRow> {
  for (let after = -1; ; ) {
    const page = await services.readRows(after);
    if (page.length === 0) return;
    yield* page;
    after = page.at(-1)!.number;
  }
}

function toContext(
  facts: EndFacts,
  services: FinishServices,
  stop: { readonly signal: AbortSignal },
): FinishContext<never, never> {
  const keep = fileKeeper(services);
  const sections = new Map<string, number>();
  return {
    options: facts.options as never,
    prepared: facts.prepared as never,
    data: facts.data,
    batch: facts.batch,
    counts: facts.counts,
    get cacheDir() {
      return cacheFolder(facts.stateDir, facts.task);
    },
    get signal() {
      return stop.signal;
    },
    log: {
      info: (message) => services.log('info', message),
      warn: (message) => services.log('warn', message),
    },
    progress: (value) => services.progress(value),
    scratch: () => services.openScratch(),
    artifact: keep,
    report: (section: ReportSection) => {
      const place = sections.get(section.id) ?? sections.size + 1;
      sections.set(section.id, place);
      return keep(sectionFile(section, place));
    },
  };
}

/** Artifacts are listed by name: the name keeps the order of the calls. */
function sectionFile(section: ReportSection, place: number) {
  return {
    name: `report-${String(place).padStart(4, '0')}-${section.id}.json`,
    kind: SECTION_KIND,
    title: section.title,
    content: JSON.stringify(section),
  };
}

/** The sections that a task made: read from their artifacts and drawn one after another. */
import { readFile } from 'node:fs/promises';
import { checkReportSection } from '../../core/check-report-section.js';
import { toErrorRecord } from '../../core/error.js';
import type { ReportItem, ReportMap, ReportSection, ReportTable } from '../../core/report-section.js';
import { shorten } from '../../core/text.js';
import type { BatchArtifact, OutputRequest } from '../output-request.js';
import { chartFigure } from './chart.js';
import { type Html, html } from './html.js';
import { number } from './scale.js';
import { sectionMap } from './section-map.js';

/** Kind of the artifacts that hold a section; they are for the report and never given out as files. */
export const SECTION_KIND = 'report-section';

/** All maps together; with the rest of the page the report stays below about 8 MB. */
const MAPS_BYTES = 6_000_000;
const MAX_LAYER_BYTES = 500_000;
const MAX_TABLE_ROWS = 500;

/** In the order of their artifacts. What is not a section is told to `onNote`. */
export async function readSections(
  request: Pick<OutputRequest, 'artifacts' | 'onNote'>,
): Promise<ReportSection[]> {
  const sections: ReportSection[] = [];
  for (const { kind, name, path } of request.artifacts) {
    if (kind !== SECTION_KIND) continue;
    try {
      sections.push(checkReportSection(JSON.parse(await readFile(path, 'utf8'))));
    } catch (error) {
      request.onNote?.(
        `A section of the report is left out: ${shorten(name)}: ${shorten(toErrorRecord(error).message, 200)}`,
      );
    }
  }
  return sections;
}

export async function drawSections(
  sections: readonly ReportSection[],
  artifacts: readonly BatchArtifact[],
): Promise<Html> {
  const budget = new MapBudget(sections.flatMap(({ items }) => items));
  const drawn: Html[] = [];
  for (const [at, { title, text, items }] of sections.entries()) {
    const parts: Html[] = [];
    for (const [index, item] of items.entries()) {
      const figure = await drawItem(item, { id: `s${at}-${index}`, artifacts, budget });
      parts.push(html`<h3>${item.title}</h3>${figure}`);
    }
    drawn.push(
      html`<section><h2>${title}</h2>${text !== undefined && html`<p class="about">${text}</p>`}${parts}</section>`,
    );
  }
  return html`${drawn}`;
}

/** Bytes for maps, shared by their layers; what one map leaves, those after it have. */
class MapBudget {
  #bytes = MAPS_BYTES;
  #layers: number;

  constructor(items: readonly ReportItem[]) {
    this.#layers = items.reduce((sum, item) => sum + (item.kind === 'map' ? item.layers.length : 0), 0);
  }

  async spend({ layers }: ReportMap, draw: (bytes: number) => Promise<Html>): Promise<Html> {
    const share = this.#bytes / Math.max(1, this.#layers);
    const drawn = await draw(Math.min(MAX_LAYER_BYTES, share) * layers.length);
    this.#bytes = Math.max(0, this.#bytes - drawn.html.length);
    this.#layers -= layers.length;
    return drawn;
  }
}

async function drawItem(
  item: ReportItem,
  { budget, ...place }: { id: string; artifacts: readonly BatchArtifact[]; budget: MapBudget },
): Promise<Html> {
  if (item.kind === 'map')
    return budget.spend(item, (bytes) => sectionMap({ map: item, budget: bytes, ...place }));
  return item.kind === 'chart' ? chartFigure(item) : table(item);
}

function table({ columns, rows, note }: ReportTable): Html {
  const numeric = columns.map((_, index) => {
    const cells = rows.map((row) => row[index]).filter((cell) => cell !== null);
    return cells.length > 0 && cells.every((cell) => typeof cell === 'number');
  });
  const right = (index: number) => numeric[index] === true && html` class="n"`;
  const more =
    rows.length > MAX_TABLE_ROWS
      ? `The first ${MAX_TABLE_ROWS} of ${rows.length.toLocaleString('en-US')} rows.`
      : undefined;
  return html`<div class="scroll"><table><thead><tr>${columns.map((column, index) => html`<th${right(index)}>${column}</th>`)}</tr></thead><tbody>
${rows.slice(0, MAX_TABLE_ROWS).map((row) => html`<tr>${row.map((cell, index) => html`<td${right(index)}>${typeof cell === 'number' ? number(cell) : (cell ?? '—')}</td>`)}</tr>`)}
</tbody></table></div>${[more, note].map((line) => line !== undefined && html`<p class="note">${line}</p>`)}`;
}

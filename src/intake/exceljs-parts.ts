/**
 * The parts of exceljs's streaming reader that are used, behind one narrow interface. Its WorkbookReader as a whole
 * depends on the order of the zip's entries (exceljs #3064), and its cell assembly loses the last runs but one of
 * inline rich text, errors and dates of formulas, and text split between two chunks; so the parts are fed in the
 * right order and the cells are put together in sheet-rows.ts and shared-strings.ts.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export interface XmlTag {
  name: string;
  attributes: Record<string, string>;
}

export type XmlEvent =
  | { eventType: 'opentag'; value: XmlTag }
  | { eventType: 'closetag'; value: XmlTag }
  | { eventType: 'text'; value: string };

/** Events in the batches in which exceljs's parser hands them over. */
export type XmlEvents = AsyncIterable<XmlEvent[]>;

export interface Relationship {
  Id: string;
  Type: string;
  Target: string;
  TargetMode?: string;
}

export interface WorkbookModel {
  sheets: { name: string; rId: string; state: string | undefined }[];
  date1904: boolean;
}

/** XML events of `chunks`, tag names without the prefix that the root element has (`x:row` is `row`). */
export async function* xmlEvents(chunks: AsyncIterable<string>): AsyncGenerator<XmlEvent[]> {
  const parseSax = require('exceljs/lib/utils/parse-sax.js') as (chunks: AsyncIterable<string>) => XmlEvents;
  let prefix: string | undefined;
  for await (const events of parseSax(chunks)) {
    prefix ??= rootPrefix(events);
    if (prefix !== undefined && prefix !== '') dropPrefix(events, prefix);
    yield events;
  }
}

export async function readRelationships(events: XmlEvents): Promise<Relationship[]> {
  const Xform = require('exceljs/lib/xlsx/xform/core/relationships-xform.js') as XformClass<Relationship[]>;
  return (await new Xform().parse(events)) ?? [];
}

/** Undefined when the part is not a workbook. */
export async function readWorkbookModel(events: XmlEvents): Promise<WorkbookModel | undefined> {
  const Xform = require('exceljs/lib/xlsx/xform/book/workbook-xform.js') as XformClass<{
    sheets?: WorkbookModel['sheets'];
    properties?: { date1904?: boolean };
  }>;
  const model = await new Xform().parse(plainAttributes(events));
  return model == null
    ? undefined
    : { sheets: model.sheets ?? [], date1904: model.properties?.date1904 === true };
}

/** The number format of a cell by the index of its style. */
export async function readNumberFormats(events: XmlEvents): Promise<(style: number) => string | undefined> {
  const Xform = require('exceljs/lib/xlsx/xform/style/styles-xform.js') as new () => {
    parse(events: XmlEvents): Promise<unknown>;
    model: { styles?: unknown[] } | null;
    getStyleModel(id: number): { numFmt?: string } | null;
  };
  const styles = new Xform();
  await styles.parse(events);
  if (styles.model?.styles === undefined) return () => undefined;
  return (style) => styles.getStyleModel(style)?.numFmt;
}

type XformClass<Model> = new () => { parse(events: XmlEvents): Promise<Model | null | undefined> };

/** Attributes as exceljs's workbook reader knows them: `r:id` under any prefix, `date1904="true"` as 1. */
async function* plainAttributes(events: XmlEvents): XmlEvents & AsyncGenerator<XmlEvent[]> {
  for await (const batch of events) {
    for (const event of batch) {
      if (event.eventType !== 'opentag') continue;
      const { name, attributes } = event.value;
      if (name === 'sheet') {
        const id = Object.keys(attributes).find((key) => key.endsWith(':id'));
        if (id !== undefined) attributes['r:id'] = attributes[id]!;
      }
      if (name === 'workbookPr' && attributes.date1904 === 'true') attributes.date1904 = '1';
    }
    yield batch;
  }
}

/** '' when the root has no prefix; undefined while no tag was seen. */
function rootPrefix(events: XmlEvent[]): string | undefined {
  const root = events.find((event) => event.eventType === 'opentag')?.value as XmlTag | undefined;
  return root?.name.slice(0, root.name.indexOf(':') + 1);
}

function dropPrefix(events: XmlEvent[], prefix: string): void {
  for (const event of events) {
    if (event.eventType === 'text' || !event.value.name.startsWith(prefix)) continue;
    event.value = { ...event.value, name: event.value.name.slice(prefix.length) };
  }
}

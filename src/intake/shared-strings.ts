/** The table of texts that a workbook's cells point into. */
import { cleanText, unescapeText } from './cell-value.js';
import type { XmlEvents } from './exceljs-parts.js';
import { TextTable } from './text-table.js';

/** Rich text gives the text of its runs; phonetic guides (`rPh`) are left out. */
export async function readSharedStrings(events: XmlEvents): Promise<TextTable> {
  const strings = new TextTable();
  let text = '';
  let reading = false;
  let phonetic = false;
  for await (const batch of events) {
    for (const event of batch) {
      if (event.eventType === 'text') {
        if (reading) text += event.value;
        continue;
      }
      const opens = event.eventType === 'opentag';
      switch (event.value.name) {
        case 'si':
          if (opens) text = '';
          else strings.push(cleanText(unescapeText(text)));
          break;
        case 'rPh':
          phonetic = opens;
          break;
        case 't':
          reading = opens && !phonetic;
          break;
      }
    }
  }
  return strings;
}

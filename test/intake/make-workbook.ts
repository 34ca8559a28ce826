import ExcelJS from 'exceljs';
import { makeZip, type ZipPart } from './make-zip.js';

export interface SheetContent {
  name: string;
  rows: readonly (readonly unknown[])[];
  state?: 'visible' | 'hidden' | 'veryHidden';
}

/** Writes a workbook with exceljs. `touch` may do more to it before it is written. */
export async function makeWorkbook(
  path: string,
  sheets: readonly SheetContent[],
  touch?: (workbook: ExcelJS.Workbook) => void,
): Promise<string> {
  const workbook = new ExcelJS.Workbook();
  for (const { name, rows, state } of sheets) {
    const sheet = workbook.addWorksheet(name, { state: state ?? 'visible' });
    for (const row of rows) sheet.addRow([...row]);
  }
  touch?.(workbook);
  await workbook.xlsx.writeFile(path);
  return path;
}

const RELATIONSHIPS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006/relationships';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';

export const parts = {
  root: {
    name: '_rels/.rels',
    content: `<Relationships xmlns="${PACKAGE}"><Relationship Id="r1" Type="${RELATIONSHIPS}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  },
  workbook: {
    name: 'xl/workbook.xml',
    content: `<workbook xmlns="${MAIN}" xmlns:r="${RELATIONSHIPS}"><sheets><sheet name="Points" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  },
  relationships: {
    name: 'xl/_rels/workbook.xml.rels',
    content:
      `<Relationships xmlns="${PACKAGE}"><Relationship Id="rId1" Type="${RELATIONSHIPS}/worksheet" Target="worksheets/table.xml"/>` +
      `<Relationship Id="rId2" Type="${RELATIONSHIPS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
  },
} satisfies Record<string, ZipPart>;

/** XML of a sheet whose rows are given as XML. */
export function sheetXml(rows: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="${MAIN}"><sheetData>${rows}</sheetData></worksheet>`;
}

/** A workbook of hand-written XML, its zip entries in an order that exceljs's own reader cannot take. */
export async function makeRawWorkbook(path: string, rows: string, sharedStrings?: string): Promise<string> {
  await makeZip(path, [
    { name: 'xl/worksheets/table.xml', content: sheetXml(rows) },
    ...(sharedStrings === undefined
      ? []
      : [{ name: 'xl/sharedStrings.xml', content: `<sst xmlns="${MAIN}">${sharedStrings}</sst>` }]),
    parts.relationships,
    parts.root,
    parts.workbook,
  ]);
  return path;
}

/** A workbook loaded whole by exceljs 4.4.0 (pinned), with its misreadings mended before they become damage. */
import type { Workbook, Worksheet } from 'exceljs';
import { mendTables } from './workbook-tables.js';

/** `ValueType.Formula` of exceljs, which is loaded late. */
const FORMULA = 6;

/**
 * `ignored` are elements of the sheets' XML that are left out, such as `drawing`.
 * @throws whatever exceljs does with a workbook that it cannot read
 */
export async function loadWorkbook(file: string, ignored: readonly string[]): Promise<Workbook> {
  const { default: exceljs } = await import('exceljs');
  const workbook = new exceljs.Workbook();
  mendParts(workbook);
  await workbook.xlsx.readFile(file, { ignoreNodes: [...ignored] });
  forgetFilterNames(workbook);
  for (const sheet of workbook.worksheets) {
    mendTables(sheet);
    mendFormulas(sheet);
  }
  return workbook;
}

interface LoadedParts {
  drawings: Record<string, unknown>;
  worksheetRels: Record<string, { Target?: string }[]>;
}

/**
 * openpyxl and others write drawings without a namespace prefix and parts by absolute path; both are valid, and
 * exceljs throws at both. This runs between its reading of the parts and its joining of them.
 */
function mendParts(workbook: Workbook): void {
  const reader = workbook.xlsx as unknown as { reconcile(parts: LoadedParts, options: unknown): void };
  const join = reader.reconcile;
  reader.reconcile = (parts, options) => {
    for (const [name, drawing] of Object.entries(parts.drawings)) {
      if (drawing === undefined) parts.drawings[name] = { anchors: [] };
    }
    for (const relation of Object.values(parts.worksheetRels).flat()) {
      if (relation.Target?.startsWith('/xl/') === true)
        relation.Target = relation.Target.replace('/xl/', '../');
    }
    join.call(reader, parts, options);
  };
}

/** exceljs keeps one range a name, but every filtered sheet has a name `_FilterDatabase`; Excel makes them anew. */
function forgetFilterNames(workbook: Workbook): void {
  const names = workbook.definedNames;
  names.model = names.model.filter(({ name }) => !name.endsWith('_FilterDatabase'));
}

/** A cell that shares a formula which is not there would be written as an empty formula; it keeps its result. */
function mendFormulas(sheet: Worksheet): void {
  sheet.eachRow((row) => {
    row.eachCell((cell) => {
      if (cell.type === FORMULA && !cell.formula) cell.value = cell.result ?? null;
    });
  });
}

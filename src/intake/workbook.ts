/** A workbook opened for reading: its sheets by name, and the rows of any one of them. */
import { posix } from 'node:path';
import { SluiceError } from '../core/error.js';
import type { Relationship, WorkbookModel } from './exceljs-parts.js';
import { readNumberFormats, readRelationships, readWorkbookModel, xmlEvents } from './exceljs-parts.js';
import { notASheet } from './file-format.js';
import type { Limits } from './limits.js';
import type { RawRow } from './raw-row.js';
import { type DateKind, dateKind } from './serial-date.js';
import { readSharedStrings } from './shared-strings.js';
import { sheetRows } from './sheet-rows.js';
import type { SourceFile } from './source-file.js';
import { TextTable } from './text-table.js';
import { damaged, openWorkbookZip, type WorkbookZip } from './workbook-zip.js';

export interface Sheet {
  name: string;
  visible: boolean;
  /** Path of its part in the zip. */
  part: string;
}

export interface Workbook {
  /** Worksheets in the order of their tabs; charts and macro sheets are left out. */
  sheets: Sheet[];
  /** Rows that hold a value. Each call reads anew. */
  rows(sheet: Sheet): AsyncGenerator<RawRow[]>;
  close(): void;
}

/** Nothing but the sheets and their texts is ever larger; these parts are held in memory. */
const PART_BYTES = 256_000_000;

/** @throws {InputError} when the file is no workbook, is damaged, or passes a limit */
export async function openWorkbook(file: SourceFile, limits: Limits): Promise<Workbook> {
  const zip = await openWorkbookZip(file, limits);
  const part = <Value>(name: string, read: () => Promise<Value>) => readPart(file, name, read);
  try {
    const main = await part('_rels/.rels', () => workbookPart(zip));
    if (!zip.has(main)) throw notASheet(file, 'a zip without a workbook in it');
    const model = await part(main, () => readWorkbookModel(xmlEvents(zip.text(main, PART_BYTES))));
    if (model === undefined) throw damaged(file, `${main} describes no workbook`);
    const relationships = await part(relationshipsOf(main), () => relationshipsIn(zip, main));
    const find = (type: string) => partOfType(relationships, type, main);
    const styles = find('styles');
    const formats =
      styles !== undefined && zip.has(styles)
        ? await part(styles, () => readNumberFormats(xmlEvents(zip.text(styles, PART_BYTES))))
        : () => undefined;
    const strings = find('sharedStrings');
    let sharedStrings: TextTable | undefined;
    return {
      sheets: worksheets(model, relationships, main),
      async *rows(sheet) {
        sharedStrings ??=
          strings !== undefined && zip.has(strings)
            ? await part(strings, () => readSharedStrings(xmlEvents(zip.text(strings))))
            : new TextTable();
        const dateKindOf = dateKinds(formats);
        const context = {
          file: file.name,
          sheet: sheet.name,
          limits,
          sharedStrings,
          dateKindOf,
          date1904: model.date1904,
        };
        try {
          yield* sheetRows(xmlEvents(zip.text(sheet.part)), context);
        } catch (error) {
          throw partError(file, sheet.part, error);
        }
      },
      close: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

async function readPart<Value>(file: SourceFile, name: string, read: () => Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    throw partError(file, name, error);
  }
}

/** What exceljs throws names neither the file nor the part. */
function partError(file: SourceFile, part: string, error: unknown): unknown {
  if (error instanceof SluiceError) return error;
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  return damaged(file, `${part} is not well-formed XML of a workbook (${message})`, error);
}

async function workbookPart(zip: WorkbookZip): Promise<string> {
  if (!zip.has('_rels/.rels')) return 'xl/workbook.xml';
  const relationships = await readRelationships(xmlEvents(zip.text('_rels/.rels', PART_BYTES)));
  return partOfType(relationships, 'officeDocument', '') ?? 'xl/workbook.xml';
}

async function relationshipsIn(zip: WorkbookZip, part: string): Promise<Relationship[]> {
  const name = relationshipsOf(part);
  return zip.has(name) ? readRelationships(xmlEvents(zip.text(name, PART_BYTES))) : [];
}

function relationshipsOf(part: string): string {
  return posix.join(posix.dirname(part), '_rels', `${posix.basename(part)}.rels`);
}

function partOfType(relationships: readonly Relationship[], type: string, from: string): string | undefined {
  const found = relationships.find((relationship) => relationship.Type?.endsWith(`/${type}`));
  return found && target(found, from);
}

function worksheets(model: WorkbookModel, relationships: readonly Relationship[], main: string): Sheet[] {
  const byId = new Map(relationships.map((relationship) => [relationship.Id, relationship]));
  return model.sheets.flatMap((sheet) => {
    const relationship = byId.get(sheet.rId);
    if (relationship === undefined || !relationship.Type?.endsWith('/worksheet')) return [];
    const visible = sheet.state === undefined || sheet.state === 'visible';
    return [{ name: sheet.name, visible, part: target(relationship, main) }];
  });
}

/** Targets are relative to the folder of the part that names them, or absolute within the zip. */
function target(relationship: Relationship, from: string): string {
  const path = relationship.Target.trim();
  return path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(from), path);
}

function dateKinds(formatOf: (style: number) => string | undefined): (style: number) => DateKind | undefined {
  const known: { kind: DateKind | undefined }[] = [];
  return (style) => {
    known[style] ??= { kind: dateKind(formatOf(style)) };
    return known[style].kind;
  };
}

/** XML of one worksheet becomes rows of cell values: one pass, nothing kept but the row at hand. */
import type { CellValue } from '../core/row.js';
import { type RawCell, workbookCell } from './cell-value.js';
import { columnIndex, columnLetter } from './column-letter.js';
import type { XmlEvents, XmlTag } from './exceljs-parts.js';
import { type Limits, limitError } from './limits.js';
import type { RawRow } from './raw-row.js';
import type { DateKind } from './serial-date.js';
import type { TextTable } from './text-table.js';
import { damaged } from './workbook-zip.js';

export interface SheetContext {
  /** Name of the file and of the sheet, for messages. */
  file: string;
  sheet: string;
  limits: Limits;
  sharedStrings: TextTable;
  dateKindOf(style: number): DateKind | undefined;
  date1904: boolean;
}

/** Rows that hold a value, in the file's order, in batches. @throws {InputError} on damage and passed limits */
export async function* sheetRows(events: XmlEvents, context: SheetContext): AsyncGenerator<RawRow[]> {
  const assembler = new RowAssembler(context);
  for await (const batch of events) {
    for (const event of batch) {
      if (event.eventType === 'text') assembler.text(event.value);
      else if (event.eventType === 'opentag') assembler.open(event.value);
      else assembler.close(event.value.name);
    }
    const rows = assembler.takeRows();
    if (rows.length > 0) yield rows;
  }
  if (!assembler.ended)
    throw damaged({ name: context.file }, `the sheet "${context.sheet}" ends in the middle`);
}

type Reading = 'value' | 'inline' | undefined;

class RowAssembler {
  ended = false;
  private rows: RawRow[] = [];
  private number = 0;
  private cells: CellValue[] | undefined;
  private filled = false;
  private column = -1;
  private cell: RawCell | undefined;
  private reading: Reading;
  private phonetic = false;

  constructor(private readonly context: SheetContext) {}

  takeRows(): RawRow[] {
    const taken = this.rows;
    this.rows = [];
    return taken;
  }

  text(text: string): void {
    if (this.reading === undefined || this.cell === undefined) return;
    this.cell.text = this.cell.text === undefined ? text : this.cell.text + text;
  }

  open(tag: XmlTag): void {
    switch (tag.name) {
      case 'c':
        if (this.cells !== undefined) this.openCell(tag.attributes);
        break;
      case 'v':
        this.reading = 'value';
        break;
      case 't':
        if (!this.phonetic) this.reading = 'inline';
        break;
      case 'f':
        if (this.cell !== undefined) this.cell.formula = true;
        break;
      case 'rPh':
        this.phonetic = true;
        break;
      case 'row':
        this.number = positive(tag.attributes.r) ?? this.number + 1;
        this.cells = [];
        this.filled = false;
        this.column = -1;
        break;
    }
  }

  close(name: string): void {
    switch (name) {
      case 'c':
        this.closeCell();
        break;
      case 'v':
      case 't':
        this.reading = undefined;
        break;
      case 'rPh':
        this.phonetic = false;
        break;
      case 'row':
        if (this.cells !== undefined && this.filled)
          this.rows.push({ number: this.number, cells: this.cells });
        this.cells = undefined;
        break;
      case 'worksheet':
        this.ended = true;
        break;
    }
  }

  private openCell(attributes: Record<string, string>): void {
    const reference = attributes.r;
    this.column = reference === undefined ? this.column + 1 : columnIndex(reference);
    if (this.column < 0) throw damaged({ name: this.context.file }, `a cell calls itself "${reference}"`);
    const style = attributes.s;
    const date = style === undefined || style === '0' ? undefined : this.context.dateKindOf(Number(style));
    this.cell = {
      type: attributes.t,
      text: undefined,
      formula: false,
      date,
      date1904: this.context.date1904,
    };
  }

  private closeCell(): void {
    const { cell, cells, column } = this;
    this.cell = undefined;
    if (cell === undefined || cells === undefined || (cell.text === undefined && !cell.formula)) return;
    if (cell.type === 's') cell.text = this.context.sharedStrings.get(Number(cell.text));
    const value = workbookCell(cell);
    if (value === null) return;
    this.checkLimits(value, column);
    while (cells.length < column) cells.push(null);
    cells[column] = value;
    this.filled = true;
  }

  private checkLimits(value: CellValue, column: number): void {
    const { limits, file, sheet } = this.context;
    if (column >= limits.maxColumns) {
      const where = `${columnLetter(column)}${this.number}`;
      throw limitError(
        'maxColumns',
        limits,
        `${file}: cell ${where} of sheet "${sheet}" is in column ${column + 1}`,
        column + 1,
      );
    }
    if (typeof value === 'string' && value.length > limits.maxCellLength) {
      const where = `${columnLetter(column)}${this.number}`;
      const length = value.length.toLocaleString('en-US');
      throw limitError(
        'maxCellLength',
        limits,
        `${file}: cell ${where} of sheet "${sheet}" holds ${length} characters`,
        value.length,
      );
    }
  }
}

function positive(text: string | undefined): number | undefined {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : undefined;
}

/** The results workbook without the user's styles: any source, any length, constant memory. */

import type { OutputRequest } from './output-request.js';
import { setCell, sheetName } from './sheet-cells.js';
import type { Sink } from './sink.js';
import { type StreamedSheet, writeStreamedWorkbook } from './streamed-workbook.js';
import { cellsOf, STATUS_COLUMNS, type Survey, statusAndResults } from './survey.js';
import { HEADER_STYLE, withState } from './workbook-style.js';

/** Rows of a workbook keep their row numbers; those of other sources follow one another. */
export async function writePlainWorkbook(sink: Sink, request: OutputRequest, survey: Survey): Promise<void> {
  const { source } = request.batch;
  const added = [...STATUS_COLUMNS, ...survey.resultColumns];
  const names = [...survey.columns.map(({ header }) => header), ...added];
  const keys = [...survey.columns.map(({ key }) => key), ...added];
  const headerRow = source.format === 'xlsx' ? (source.headerRow ?? 1) : 1;
  await writeStreamedWorkbook(sink, async ({ writer, room }) => {
    const sheet = writer.addWorksheet(sheetName(source.sheet), {
      views: [{ state: 'frozen', ySplit: headerRow }],
    }) as StreamedSheet;
    sheet.columns = keys.map((key) => ({ width: survey.widths.get(key) ?? 12 }));
    const header = sheet.getRow(headerRow);
    for (const [index, name] of names.entries()) setCell(header.getCell(index + 1), name, HEADER_STYLE);
    header.commit();
    let last = headerRow;
    for await (const row of request.rows()) {
      last = source.format === 'xlsx' && row.number > last ? row.number : last + 1;
      const line = sheet.getRow(last);
      const cells = cellsOf(row, survey.columns);
      for (const [index, value] of [...cells, ...statusAndResults(row, survey.resultColumns)].entries()) {
        setCell(line.getCell(index + 1), value, withState({}, row.state));
      }
      line.commit();
      await room(sheet);
    }
    sheet.autoFilter = { from: { row: headerRow, column: 1 }, to: { row: last, column: names.length } };
    sheet.commit();
  });
}

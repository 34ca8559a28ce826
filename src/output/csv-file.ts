/** Every row, whatever its state, as UTF-8 CSV (RFC 4180, lines end in LF). */
import { csvField } from './cell-value.js';
import type { OutputRequest } from './output-request.js';
import type { Sink } from './sink.js';
import { cellsOf, STATUS_COLUMNS, type Survey, Surveyor, statusAndResults } from './survey.js';

export async function writeCsv(sink: Sink, request: OutputRequest, survey: Survey): Promise<void> {
  const { columns, resultColumns } = survey;
  const headers = columns.map((column) => column.header);
  await sink.write(line(['sheet', 'row', ...headers, ...STATUS_COLUMNS, ...resultColumns]));
  const sheet = request.batch.source.sheet ?? '';
  for await (const row of request.rows()) {
    await sink.write(
      line([sheet, row.number, ...cellsOf(row, columns), ...statusAndResults(row, resultColumns)]),
    );
  }
}

/** The same without a file: given to `write` line by line. */
export async function streamCsv(
  request: OutputRequest,
  write: (part: string) => Promise<void>,
): Promise<void> {
  const surveyor = new Surveyor(request);
  for await (const row of request.rows()) surveyor.add(row);
  await writeCsv({ write: (part) => write(String(part)) }, request, surveyor.survey());
}

function line(values: readonly unknown[]): string {
  return `${values.map(csvField).join(',')}\n`;
}

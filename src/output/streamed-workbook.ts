/** Workbooks of any length in constant memory: exceljs's streaming writer, with the backpressure that it lacks. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { stream, Worksheet } from 'exceljs';
import { type Sink, sinkStream } from './sink.js';

/** Most rows of one sheet, header included. */
export const MAX_SHEET_ROWS = 1_048_576;

/** XML that may wait for compression. */
const WAITING_BYTES = 1024 * 1024;

export type StreamedSheet = Worksheet & { commit(): void };

export interface StreamedWorkbook {
  writer: stream.xlsx.WorkbookWriter;
  /** Call it after each row: waits until `sheet` has room. @throws what the sink threw */
  room(sheet: StreamedSheet): Promise<void>;
}

/** @throws what `fill` or the sink threw */
export async function writeStreamedWorkbook(
  sink: Sink,
  fill: (workbook: StreamedWorkbook) => Promise<void>,
): Promise<void> {
  const { default: exceljs } = await import('exceljs');
  const out = sinkStream(sink);
  const failure = new Promise<never>((_, reject) => out.once('error', reject));
  failure.catch(() => undefined);
  const writer = new exceljs.stream.xlsx.WorkbookWriter({
    stream: out,
    useStyles: true,
    useSharedStrings: false,
  });
  writer.creator = 'sluice';
  const room = async (sheet: StreamedSheet) => {
    const queue = queueOf(sheet);
    if (waitingBytes(queue) > WAITING_BYTES) await Promise.race([once(queue, 'drain'), failure]);
    if (out.destroyed) await failure;
  };
  await fill({ writer, room });
  await Promise.race([writer.commit(), failure]);
}

/** The stream between a sheet and the zip. exceljs 4.4.0 (pinned) writes to it without looking whether it is full. */
function queueOf(sheet: StreamedSheet): Writable {
  const [queue] = (sheet as unknown as { stream: { pipes: Writable[] } }).stream.pipes;
  if (queue === undefined) throw new TypeError('exceljs no longer pipes its sheets as version 4.4.0 does');
  return queue;
}

/** The queue is of readable-stream 2, which has no `writableLength` yet. */
function waitingBytes(queue: Writable): number {
  return (
    queue.writableLength ?? (queue as unknown as { _writableState: { length: number } })._writableState.length
  );
}

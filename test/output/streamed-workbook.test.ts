import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type StreamedSheet, writeStreamedWorkbook } from '../../src/output/streamed-workbook.js';

const MOST_ROWS = 20_000;

test('rows wait while the file takes no more, and go on when it does', async () => {
  let release = () => {};
  const open = new Promise<void>((resolve) => {
    release = resolve;
  });
  let waitedAtRow = 0;
  let bytes = 0;
  const write = async (chunk: string | Uint8Array) => {
    await open;
    bytes += chunk.length;
  };
  await writeStreamedWorkbook({ write }, async ({ writer, room }) => {
    const sheet = writer.addWorksheet('rows') as StreamedSheet;
    for (let row = 1; row <= MOST_ROWS && waitedAtRow === 0; row++) {
      sheet.addRow([randomBytes(600).toString('base64')]).commit();
      let hasRoom = false;
      const waiting = room(sheet).then(() => {
        hasRoom = true;
      });
      await nextTurn();
      if (!hasRoom) {
        waitedAtRow = row;
        release();
      }
      await waiting;
    }
    sheet.commit();
  });
  expect(waitedAtRow).toBeGreaterThan(0);
  expect(waitedAtRow).toBeLessThan(5000);
  expect(bytes).toBeGreaterThan(waitedAtRow * 600);
});

test('what the file throws is thrown, not lost in a stream', async () => {
  const full = new Error('full');
  const write = async () => {
    throw full;
  };
  const work = writeStreamedWorkbook({ write }, async ({ writer, room }) => {
    const sheet = writer.addWorksheet('rows') as StreamedSheet;
    for (let row = 1; row <= MOST_ROWS; row++) {
      sheet.addRow([randomBytes(600).toString('base64')]).commit();
      await room(sheet);
      await nextTurn();
    }
  });
  await expect(work).rejects.toBe(full);
});

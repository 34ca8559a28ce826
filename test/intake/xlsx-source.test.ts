import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import ExcelJS from 'exceljs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fieldSpecs } from '../../src/intake/field-spec.js';
import { openSource } from '../../src/intake/open-source.js';
import { makeRawWorkbook, makeWorkbook, parts, sheetXml } from './make-workbook.js';
import { makeZip } from './make-zip.js';
import { limits, pointsTask, readFile } from './points-task.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
const at = (name: string) => join(folder, name);
const anyTask = { ...pointsTask, input: z.object({ a: z.unknown() }), columns: {} };

describe('a workbook', () => {
  it('gives rows with their numbers, and says what file and sheet they come from', async () => {
    const path = await makeWorkbook(at('plain.xlsx'), [
      {
        name: 'Points',
        rows: [
          ['Name of the waterbody ', 'LATITUDE', 'Lon', 'Remarks'],
          ['Tank A', 19.1, 73.2, 'ok'],
          [],
          ['Tank B', 19.2, 73.3],
        ],
      },
    ]);
    const { info, rows } = await readFile(path);
    expect(rows).toEqual([
      { number: 2, cells: ['Tank A', 19.1, 73.2, 'ok'] },
      { number: 4, cells: ['Tank B', 19.2, 73.3, null] },
    ]);
    expect(info).toEqual({
      file: 'plain.xlsx',
      path,
      format: 'xlsx',
      sha256: createHash('sha256').update(readFileSync(path)).digest('hex'),
      bytes: statSync(path).size,
      sheet: 'Points',
      headerRow: 1,
      columns: [
        { index: 0, letter: 'A', header: 'Name of the waterbody ', field: 'name' },
        { index: 1, letter: 'B', header: 'LATITUDE', field: 'latitude' },
        { index: 2, letter: 'C', header: 'Lon', field: 'longitude' },
        { index: 3, letter: 'D', header: 'Remarks' },
      ],
    });
  });

  it('is known by its content, whatever it is called', async () => {
    const path = await makeWorkbook(at('really-a-workbook.csv'), [
      {
        name: 'S',
        rows: [
          ['lat', 'lon'],
          [1, 2],
        ],
      },
    ]);
    expect((await readFile(path)).info.format).toBe('xlsx');
  });

  it('can be read again and again, also after a reader stopped half-way', async () => {
    const rows = Array.from({ length: 2500 }, (_, i) => [`T${i}`, 19, 73]);
    const path = await makeWorkbook(at('again.xlsx'), [
      { name: 'S', rows: [['name', 'lat', 'lon'], ...rows] },
    ]);
    const source = await openSource(path, { fields: fieldSpecs(pointsTask), limits });
    for await (const chunk of source.rows()) {
      expect(chunk).toHaveLength(1000);
      break;
    }
    for (let time = 0; time < 2; time++) {
      const sizes: number[] = [];
      for await (const chunk of source.rows()) sizes.push(chunk.length);
      expect(sizes).toEqual([1000, 1000, 500]);
    }
    await source.close();
  });

  it('is read although workbook.xml and the shared strings are last in the zip and the sheet has another name', async () => {
    const shared = ['name', 'lat', 'lon', 'Tank'].map((text) => `<si><t>${text}</t></si>`).join('');
    const cell = (ref: string, index: number) => `<c r="${ref}" t="s"><v>${index}</v></c>`;
    const rows =
      `<row r="1">${cell('A1', 0)}${cell('B1', 1)}${cell('C1', 2)}</row>` +
      `<row r="2">${cell('A2', 3)}<c r="B2"><v>19.5</v></c><c r="C2"><v>73.5</v></c></row>`;
    const path = await makeRawWorkbook(at('order.xlsx'), rows, shared);
    expect((await readFile(path)).rows).toEqual([{ number: 2, cells: ['Tank', 19.5, 73.5] }]);
  });

  it('is read when every tag has a prefix and references are left out', async () => {
    const path = at('prefix.xlsx');
    const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
    const relationships = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
    const text = (value: string) => `<x:c t="inlineStr"><x:is><x:t>${value}</x:t></x:is></x:c>`;
    await makeZip(path, [
      parts.root,
      parts.relationships,
      {
        name: 'xl/workbook.xml',
        content: `<x:workbook xmlns:x="${main}" xmlns:d="${relationships}"><x:sheets><x:sheet name="P" sheetId="1" d:id="rId1"/></x:sheets></x:workbook>`,
      },
      {
        name: 'xl/worksheets/table.xml',
        content: `<x:worksheet xmlns:x="${main}"><x:sheetData><x:row>${text('lat')}${text('lon')}</x:row><x:row><x:c><x:v>1.5</x:v></x:c><x:c><x:v>2</x:v></x:c></x:row></x:sheetData></x:worksheet>`,
      },
    ]);
    expect((await readFile(path)).rows).toEqual([{ number: 2, cells: [1.5, 2] }]);
  });

  it('normalises every kind of cell in the same way', async () => {
    const path = at('kinds.xlsx');
    await makeWorkbook(path, [{ name: 'S', rows: [['A', 'kind']] }], (workbook) => {
      const sheet = workbook.getWorksheet('S')!;
      const add = (value: ExcelJS.CellValue, kind: string, numFmt?: string) => {
        const row = sheet.addRow([value, kind]);
        if (numFmt !== undefined) row.getCell(1).numFmt = numFmt;
      };
      add({ formula: 'B1*2', result: 37.76 }, 'formula');
      add({ formula: 'B1', result: 'text' }, 'formula text');
      add({ formula: '1=1', result: true } as ExcelJS.CellFormulaValue, 'formula boolean');
      add({ formula: 'TODAY()', result: new Date(Date.UTC(2024, 5, 1)) }, 'formula date', 'dd/mm/yyyy');
      add(
        { formula: 'VLOOKUP(1,2,3)', result: { error: '#N/A' } } as ExcelJS.CellFormulaValue,
        'formula error',
      );
      add({ richText: [{ text: 'Tank ' }, { font: { bold: true }, text: 'No. 7' }] }, 'rich');
      add({ text: 'site', hyperlink: 'https://example.org' }, 'link');
      add(new Date(Date.UTC(2024, 5, 1)), 'date', 'yyyy-mm-dd');
      add(new Date(Date.UTC(2024, 5, 1, 8, 30)), 'date and time', 'yyyy-mm-dd hh:mm');
      add(0.125, 'percent', '0.0%');
      add(true, 'boolean');
      add({ error: '#N/A' }, 'error');
      add(42, 'number', '#,##0.00 "m"');
      add(0.3125, 'time', 'hh:mm');
      add(1.5, 'duration', '[h]:mm:ss');
      add(' 37.76 ', 'number as text');
    });
    const { rows } = await readFile(path, {}, anyTask);
    expect(rows.map((row) => [row.cells[1], row.cells[0]])).toEqual([
      ['formula', 37.76],
      ['formula text', 'text'],
      ['formula boolean', true],
      ['formula date', '2024-06-01'],
      ['formula error', '#N/A'],
      ['rich', 'Tank No. 7'],
      ['link', 'site'],
      ['date', '2024-06-01'],
      ['date and time', '2024-06-01T08:30:00'],
      ['percent', 0.125],
      ['boolean', true],
      ['error', '#N/A'],
      ['number', 42],
      ['time', '07:30:00'],
      ['duration', '36:00:00'],
      ['number as text', ' 37.76 '],
    ]);
  });

  it('keeps all runs of inline rich text, leaves phonetic guides out, decodes entities once and escapes as Excel writes them', async () => {
    const inline = (body: string) => `<row><c t="inlineStr"><is>${body}</is></c></row>`;
    const rows =
      inline('<t>A</t>') +
      inline('<r><t>Tank </t></r><r><t>No. 7</t></r>') +
      inline('<t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh>') +
      inline('<t>&amp;lt;b&amp;gt; &amp; co</t>') +
      inline('<t>line_x000D_\nbreak _x005F_x0041_</t>') +
      '<row><c><f>NOW()</f></c></row>' +
      '<row><c t="str"><f>A1</f><v></v></c></row>' +
      '<row><c t="s"><v>0</v></c></row>';
    const path = await makeRawWorkbook(
      at('inline.xlsx'),
      rows,
      '<si><r><t>shared </t></r><r><t>rich</t></r></si>',
    );
    const { rows: read } = await readFile(path, {}, anyTask);
    expect(read.map((row) => row.cells[0])).toEqual([
      'Tank No. 7',
      '東京',
      '&lt;b&gt; & co',
      'line\r\nbreak _x0041_',
      '#NOT_CALCULATED!',
      '#NOT_CALCULATED!',
      'shared rich',
    ]);
  });

  it('never cuts a character at the border of two chunks', async () => {
    const names = Array.from({ length: 20_000 }, (_, i) => [`तालाब ${'é'.repeat(i % 7)} ${i}`, 19, 73]);
    const path = await makeWorkbook(at('unicode.xlsx'), [
      { name: 'S', rows: [['name', 'lat', 'lon'], ...names] },
    ]);
    const { rows } = await readFile(path);
    expect(rows.map((row) => row.cells[0])).toEqual(names.map((row) => row[0]));
  });

  it('counts dates from 1904 when the workbook says so', async () => {
    const path = await makeWorkbook(
      at('1904.xlsx'),
      [{ name: 'S', rows: [['A'], [new Date(Date.UTC(2024, 5, 1))]] }],
      (workbook) => {
        workbook.properties.date1904 = true;
      },
    );
    expect((await readFile(path, {}, anyTask)).rows[0]?.cells).toEqual(['2024-06-01']);
  });

  it('reads the first visible sheet with data unless another is named', async () => {
    const rows = [
      ['lat', 'lon'],
      [1, 2],
    ];
    const path = await makeWorkbook(at('sheets.xlsx'), [
      {
        name: 'Old',
        rows: [
          ['lat', 'lon'],
          [9, 9],
        ],
        state: 'hidden',
      },
      { name: 'Empty', rows: [] },
      { name: 'Points', rows },
      {
        name: 'More  Points',
        rows: [
          ['lat', 'lon'],
          [3, 4],
        ],
      },
    ]);
    expect((await readFile(path)).info.sheet).toBe('Points');
    expect((await readFile(path, { sheet: 'more points' })).rows[0]?.cells).toEqual([3, 4]);
    expect((await readFile(path, { sheet: 'Old' })).rows[0]?.cells).toEqual([9, 9]);
    await expect(readFile(path, { sheet: 'Point' })).rejects.toMatchObject({
      code: 'SHEET_NOT_FOUND',
      message: 'sheets.xlsx has no sheet "Point"; it has "Old" (hidden), "Empty", "Points", "More  Points"',
      hint: 'Did you mean --sheet "Points"?',
    });
  });

  it('suggests the other sheet that has the columns', async () => {
    const path = await makeWorkbook(at('cover.xlsx'), [
      {
        name: 'Read me',
        rows: [
          ['Please fill in', 'the sheet Points'],
          ['Thank', 'you'],
        ],
      },
      {
        name: 'Points',
        rows: [
          ['lat', 'lon'],
          [1, 2],
        ],
      },
    ]);
    await expect(readFile(path)).rejects.toMatchObject({
      code: 'SHEET_COLUMN_MISSING',
      hint: expect.stringContaining('--sheet "Points"'),
    });
  });
});

describe('exceljs, on which the reader stands', () => {
  it('still loses what sheet-rows.ts keeps, so that file is still needed', async () => {
    const path = at('exceljs-loses.xlsx');
    const run = '<is><r><t>Tank </t></r><r><t>No. 7</t></r></is>';
    const rows = `<row r="1"><c r="A1" t="inlineStr">${run}</c><c r="B1" t="e"><f>NA()</f><v>#N/A</v></c></row>`;
    await makeZip(path, [
      parts.root,
      parts.relationships,
      parts.workbook,
      { name: 'xl/worksheets/sheet1.xml', content: sheetXml(rows) },
    ]);
    const reader = new ExcelJS.stream.xlsx.WorkbookReader(path, { worksheets: 'emit' });
    const values: unknown[] = [];
    for await (const sheet of reader)
      for await (const row of sheet) values.push(row.getCell(1).value, row.getCell(2).value);
    expect(values).toEqual(['No. 7', { formula: 'NA()' }]);
  });
});

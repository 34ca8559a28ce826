import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateRawSync, constants as zlib } from 'node:zlib';
import ExcelJS from 'exceljs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/error.js';
import { makeRawWorkbook, makeWorkbook, parts, sheetXml } from './make-workbook.js';
import { makeZip } from './make-zip.js';
import { limits, readFile } from './points-task.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
const at = (name: string) => join(folder, name);

async function put(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(at(name), content);
  return at(name);
}

/** What opening and reading `path` is refused with. */
async function refusal(path: string, options: Parameters<typeof readFile>[1] = {}): Promise<InputError> {
  const error: unknown = await readFile(path, options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(InputError);
  expect((error as InputError).hint).toBeTruthy();
  return error as InputError;
}

const header = [['name', 'lat', 'lon']];
const points = [...header, ['A', 19, 73], ['B', 20, 74]];

describe('a file that is not there or cannot be read', () => {
  it('names the nearest file of the folder', async () => {
    await put('points-2024.csv', 'lat,lon\n1,2\n');
    const error = await refusal(at('point-2024.csv'));
    expect(error.code).toBe('FILE_NOT_FOUND');
    expect(error.message).toContain(at('point-2024.csv'));
    expect(error.hint).toBe(`Did you mean ${at('points-2024.csv')}?`);
    expect((await refusal(at('none/at/all.csv'))).hint).toContain('does not exist either');
  });

  it('says that a folder is one', async () => {
    await mkdir(at('folder'), { recursive: true });
    expect((await refusal(at('folder'))).code).toBe('FILE_IS_A_FOLDER');
  });

  it('says that it cannot be read, and why', async () => {
    const path = await put('secret.csv', 'lat,lon\n1,2\n');
    chmodSync(path, 0);
    const root = process.getuid?.() === 0;
    if (root && !existsSync('/proc/self/mem')) {
      console.warn('"says that it cannot be read" had nothing to read: root may read every file here');
      return;
    }
    // Root may read every file; this one gives an input/output error at its first byte.
    const error = await refusal(root ? '/proc/self/mem' : path);
    expect(error.code).toBe('FILE_UNREADABLE');
    expect(error.message).toContain(root ? 'EIO' : 'no permission');
  });

  it('says that it is empty', async () => {
    expect((await refusal(await put('empty.xlsx', ''))).code).toBe('FILE_EMPTY');
    expect((await refusal(await put('blank.csv', ' \n\r\n'))).code).toBe('FILE_EMPTY');
  });
});

describe('a file that is no sheet', () => {
  it.each([
    ['a PDF', Buffer.from('%PDF-1.7\n%\u00e2\u00e3\n1 0 obj')],
    ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
    ['gzip-compressed', Buffer.from('1f8b0800000000000003', 'hex')],
    ['not text', Buffer.from('00010203fffe0000', 'hex')],
    ['a web page', Buffer.from('<html><table><tr><td>lat</td></tr></table></html>')],
    [
      'XML',
      Buffer.from('<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'),
    ],
    ['one JSON array', Buffer.from('[{"lat":1,"lon":2}]')],
    ['JSON of another shape', Buffer.from('{\n  "lat": 1,\n  "lon": 2\n}\n')],
  ])('is called what it is: %s', async (what, content) => {
    const error = await refusal(await put('something.xlsx', content));
    expect(error.code).toBe('FILE_NOT_A_SHEET');
    expect(error.message).toContain(`something.xlsx is ${what}; expected`);
  });

  it.each([
    ['a Word document', 'word/document.xml'],
    ['a binary workbook (.xlsb)', 'xl/workbook.bin'],
    ['an OpenDocument file', 'content.xml'],
    ['a zip without a workbook in it', 'holiday.jpg'],
  ])('is called what it is although it is a zip: %s', async (what, name) => {
    await makeZip(at('zip.xlsx'), [{ name, content: 'x' }]);
    const error = await refusal(at('zip.xlsx'));
    expect(error.code).toBe('FILE_NOT_A_SHEET');
    expect(error.message).toContain(what);
  });
});

describe('a workbook that cannot be used', () => {
  it('is told from an old .xls and from an encrypted one by the streams in the container', async () => {
    const container = (stream: string) =>
      Buffer.concat([
        Buffer.from('d0cf11e0a1b11ae1', 'hex'),
        Buffer.alloc(504),
        Buffer.from('Root Entry', 'utf16le'),
        Buffer.alloc(108),
        Buffer.from(stream, 'utf16le'),
        Buffer.alloc(100),
      ]);
    expect((await refusal(await put('old.xlsx', container('Workbook')))).code).toBe('WORKBOOK_OLD_FORMAT');
    expect((await refusal(await put('older.xls', container('Book')))).code).toBe('WORKBOOK_OLD_FORMAT');
    expect((await refusal(await put('encrypted.xlsx', container('EncryptedPackage')))).code).toBe(
      'WORKBOOK_ENCRYPTED',
    );
    expect((await refusal(await put('doc.xlsx', container('WordDocument')))).code).toBe('FILE_NOT_A_SHEET');
  });

  it('is refused when the zip itself is encrypted', async () => {
    await makeZip(at('zipcrypt.xlsx'), [parts.root, { ...parts.workbook, encrypted: true }]);
    expect((await refusal(at('zipcrypt.xlsx'))).code).toBe('WORKBOOK_ENCRYPTED');
  });

  it('is refused when it holds macros', async () => {
    await makeZip(at('macros.xlsx'), [
      parts.root,
      parts.workbook,
      parts.relationships,
      { name: 'xl/vbaProject.bin', content: 'x' },
    ]);
    expect((await refusal(at('macros.xlsx'))).code).toBe('WORKBOOK_MACROS');
  });

  it('is said to be cut off, wherever it was cut', async () => {
    const whole = readFileSync(await makeWorkbook(at('whole.xlsx'), [{ name: 'S', rows: points }]));
    for (const share of [0.02, 0.3, 0.7, 0.99]) {
      const error = await refusal(await put('cut.xlsx', whole.subarray(0, Math.floor(whole.length * share))));
      expect(error.code, `cut at ${share}`).toBe('WORKBOOK_TRUNCATED');
      expect(error.message).toContain('cut.xlsx is cut off');
    }
  });

  it('is said to be damaged when a part does not match its checksum or is no XML', async () => {
    const content = sheetXml('<row><c t="inlineStr"><is><t>lat</t></is></c></row>');
    const raw = deflateRawSync(content.replace('lat', 'lon'));
    await makeZip(at('checksum.xlsx'), [
      parts.root,
      parts.workbook,
      parts.relationships,
      { name: 'xl/worksheets/table.xml', content, raw },
    ]);
    expect(await refusal(at('checksum.xlsx'))).toMatchObject({
      code: 'WORKBOOK_DAMAGED',
      message: expect.stringContaining('checksum'),
    });
    await makeRawWorkbook(at('unclosed.xlsx'), '<row><c><v>1</c></row>');
    expect(await refusal(at('unclosed.xlsx'))).toMatchObject({
      code: 'WORKBOOK_DAMAGED',
      message: expect.stringContaining('xl/worksheets/table.xml'),
    });
    await makeZip(at('no-sheet.xlsx'), [parts.root, parts.workbook, parts.relationships]);
    expect(await refusal(at('no-sheet.xlsx'))).toMatchObject({
      code: 'WORKBOOK_DAMAGED',
      message: expect.stringContaining('missing'),
    });
  });

  it('is refused when a sheet ends in the middle', async () => {
    const half = sheetXml('<row><c><v>1</v></c></row>').replace('</sheetData></worksheet>', '');
    await makeZip(at('half.xlsx'), [
      parts.root,
      parts.workbook,
      parts.relationships,
      { name: 'xl/worksheets/table.xml', content: half },
    ]);
    expect((await refusal(at('half.xlsx'))).message).toContain('ends in the middle');
  });
});

/** Deflated zeros: one block of 10 MB, again and again. */
function zeros(megabytes: number): Buffer {
  const block = deflateRawSync(Buffer.alloc(10_000_000), { finishFlush: zlib.Z_FULL_FLUSH });
  return Buffer.concat([...Array.from({ length: megabytes / 10 }, () => block), Buffer.from([3, 0])]);
}

describe('a limit', () => {
  it('stops a bomb of 10 GB of zeros at once and without memory', async () => {
    await makeZip(at('bomb.xlsx'), [
      parts.root,
      parts.workbook,
      parts.relationships,
      { name: 'xl/worksheets/table.xml', raw: zeros(10_000), declaredBytes: 10_000_000_000 },
    ]);
    const rss = process.memoryUsage.rss();
    const start = performance.now();
    const error = await refusal(at('bomb.xlsx'));
    expect(performance.now() - start).toBeLessThan(1000);
    expect(process.memoryUsage.rss() - rss).toBeLessThan(100_000_000);
    expect(error.code).toBe('LIMIT_UNCOMPRESSED_BYTES');
    expect(error.message).toBe(
      'bomb.xlsx unpacks to 10 GB or more; at most 4 GB is allowed (intake.maxUncompressedBytes)',
    );
    expect(error.hint).toContain('intake.maxUncompressedBytes');
    expect(error.details).toMatchObject({ setting: 'intake.maxUncompressedBytes', allowed: 4_000_000_000 });
  });

  it('stops a bomb that lies about its size, while it unpacks', async () => {
    await makeZip(at('liar.xlsx'), [
      parts.root,
      parts.workbook,
      parts.relationships,
      { name: 'xl/worksheets/table.xml', raw: zeros(1000), declaredBytes: 2000 },
    ]);
    expect(await refusal(at('liar.xlsx'))).toMatchObject({
      code: 'WORKBOOK_DAMAGED',
      message: expect.stringContaining('larger than the zip says'),
    });
  });

  it('stops a part that unpacks to far more than its size', async () => {
    await makeZip(at('ratio.xlsx'), [
      parts.root,
      parts.workbook,
      parts.relationships,
      { name: 'xl/worksheets/table.xml', raw: zeros(20), declaredBytes: 20_000_000 },
    ]);
    expect(await refusal(at('ratio.xlsx'))).toMatchObject({
      code: 'LIMIT_RATIO',
      details: { setting: 'intake.maxRatio', allowed: 200 },
    });
  });

  it('stops a zip of very many files, also when it says how many there are', async () => {
    const many = Array.from({ length: 60 }, (_, i) => ({ name: `xl/media/${i}.png`, content: '' }));
    await makeZip(at('many.xlsx'), [parts.root, parts.workbook, ...many]);
    expect(await refusal(at('many.xlsx'), { limits: { ...limits, maxEntries: 50 } })).toMatchObject({
      code: 'LIMIT_ENTRIES',
      details: { found: 62 },
    });
  });

  it('stops one endless text before it fills the memory', async () => {
    await makeRawWorkbook(
      at('endless.xlsx'),
      `<row><c t="inlineStr"><is><t>${'ab'.repeat(4_000_000)}</t></is></c></row>`,
    );
    expect((await refusal(at('endless.xlsx'))).code).toBe('LIMIT_CELL_LENGTH');
  });

  it('names the cell that is too long, the column that is too far and the row that is too many', async () => {
    const long = await makeWorkbook(at('long.xlsx'), [
      { name: 'S', rows: [...header, ['x'.repeat(200), 19, 73]] },
    ]);
    expect(await refusal(long, { limits: { ...limits, maxCellLength: 100 } })).toMatchObject({
      code: 'LIMIT_CELL_LENGTH',
      message:
        'long.xlsx: cell A2 of sheet "S" holds 200 characters; at most 100 is allowed (intake.maxCellLength)',
    });
    const wide = await makeWorkbook(at('wide.xlsx'), [
      { name: 'S', rows: [...header, Array.from({ length: 12 }, () => 1)] },
    ]);
    expect(await refusal(wide, { limits: { ...limits, maxColumns: 10 } })).toMatchObject({
      code: 'LIMIT_COLUMNS',
      message: expect.stringContaining('K2'),
    });
    expect(await refusal(wide.replace('wide', 'long'), { limits: { ...limits, maxRows: 0 } })).toMatchObject({
      code: 'LIMIT_ROWS',
    });
    const csv = await put('wide.csv', 'name,lat,lon\nA,1,2,3,4,5,6\n');
    expect((await refusal(csv, { limits: { ...limits, maxColumns: 4 } })).code).toBe('LIMIT_COLUMNS');
    expect((await refusal(csv, { limits: { ...limits, maxRows: 0 } })).code).toBe('LIMIT_ROWS');
    const text = await put('long.csv', `name,lat,lon\n${'x'.repeat(200)},1,2\n`);
    expect(await refusal(text, { limits: { ...limits, maxCellLength: 100 } })).toMatchObject({
      message: expect.stringContaining('Cell A2 of long.csv'),
    });
  });

  it('counts cells with a value only: styled blank cells to the last column are no columns', async () => {
    const path = await makeWorkbook(at('styled.xlsx'), [{ name: 'S', rows: points }], (workbook) => {
      workbook.getWorksheet('S')!.getCell('XFD2').fill = {
        type: 'pattern',
        pattern: 'solid',
        fgColor: { argb: 'FFFF0000' },
      };
    });
    expect((await readFile(path)).rows).toHaveLength(2);
  });
});

describe('a sheet without rows', () => {
  it('is refused, with or without a header', async () => {
    const only = await makeWorkbook(at('header-only.xlsx'), [{ name: 'S', rows: header }]);
    expect(await refusal(only)).toMatchObject({
      code: 'SHEET_EMPTY',
      message: expect.stringContaining('a header in row 1 and no row under it'),
    });
    const none = await makeWorkbook(at('no-rows.xlsx'), [
      { name: 'S', rows: [] },
      { name: 'T', rows: [] },
    ]);
    expect(await refusal(none)).toMatchObject({
      code: 'SHEET_EMPTY',
      message: expect.stringContaining('"S", "T"'),
    });
    expect((await refusal(await put('header-only.csv', 'name,lat,lon\n'))).code).toBe('SHEET_EMPTY');
    expect(
      (await refusal(await put('none.geojson', '{"type":"FeatureCollection","features":[]}'))).code,
    ).toBe('SHEET_EMPTY');
  });
});

it('makes its own bombs rightly: the hand-made zip is a zip to others', async () => {
  const rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>lat</t></is></c></row>';
  await makeZip(at('mine.xlsx'), [
    parts.root,
    parts.workbook,
    { ...parts.relationships, content: parts.relationships.content.replace('table.xml', 'sheet1.xml') },
    { name: 'xl/worksheets/sheet1.xml', content: sheetXml(rows) },
  ]);
  const workbook = new ExcelJS.Workbook();
  await workbook.xlsx.readFile(at('mine.xlsx'));
  expect(workbook.worksheets[0]?.getCell('A1').value).toBe('lat');
});

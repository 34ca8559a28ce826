import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { fieldSpecs } from '../../src/intake/field-spec.js';
import { openSource } from '../../src/intake/open-source.js';
import { limits, pointsTask, readFile } from './points-task.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();

async function read(content: string | Uint8Array, name = 'points.txt') {
  const path = join(folder, name);
  await writeFile(path, content);
  return readFile(path);
}

describe('a CSV file', () => {
  it.each([
    ',',
    ';',
    '\t',
    '|',
  ])('may be cut by "%s", with quotes and line ends within cells', async (delimiter) => {
    const line = (cells: string[]) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(delimiter);
    const rows = [
      ['name', 'lat', 'lon'],
      ['a, b; c | d\te "f"\nsecond line', '1', '2'],
      ['B', '3', '4'],
    ];
    const { info, rows: read_ } = await read(rows.map(line).join('\r\n'));
    expect(info.format).toBe('csv');
    expect(read_).toEqual([
      { number: 2, cells: ['a, b; c | d\te "f"\nsecond line', '1', '2'] },
      { number: 3, cells: ['B', '3', '4'] },
    ]);
    expect(info.columns.map((column) => column.letter)).toEqual(['A', 'B', 'C']);
  });

  it('with ; keeps decimal commas', async () => {
    expect((await read('name;lat;lon\nA;19,5;73,25\nB;20,5;74,25\n')).rows[1]?.cells).toEqual([
      'B',
      '20,5',
      '74,25',
    ]);
  });

  it('is numbered as a spreadsheet shows it: blank lines count, line ends within a cell do not', async () => {
    const { info, rows } = await read('All points\n\nname,lat,lon\n\n"A\nA",1,2\n,,\nB,3,4\n');
    expect(info.headerRow).toBe(3);
    expect(rows.map((row) => row.number)).toEqual([5, 7]);
  });

  it('may mix line ends, miss cells at the end of a row and quote within a cell', async () => {
    const { rows } = await read('lat,lon,name\r\n1,2\n3,4,5" pipe\r5,6,x,y\n');
    expect(rows.map((row) => row.cells)).toEqual([
      ['1', '2', null],
      ['3', '4', '5" pipe'],
      ['5', '6', 'x'],
    ]);
  });

  const text = 'name,lat,lon\nTalāb “Ǔ”,1,2\n';
  const utf16be = Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16 LE with a byte order mark', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16 LE without one', Buffer.from(text, 'utf16le')],
    ['UTF-16 BE with a byte order mark', utf16be],
    ['UTF-16 BE without one', utf16be.subarray(2)],
  ])('is read in %s', async (_, bytes) => {
    const { info, rows } = await read(bytes);
    expect(info.columns[0]?.header).toBe('name');
    expect(rows[0]?.cells).toEqual(['Talāb “Ǔ”', '1', '2']);
  });

  it('is read in Windows-1252 when it is not UTF-8, also when that shows far down only', async () => {
    const plain = 'A,1,2\n'.repeat(100_000);
    const { rows } = await read(
      Buffer.concat([
        Buffer.from(`name,lat,lon\n${plain}`),
        Buffer.from([0x80, 0x93, 0xe9, 0x94, 0x2c, 0x31, 0x2c, 0x32]),
      ]),
    );
    expect(rows.at(-1)).toEqual({ number: 100_002, cells: ['€“é”', '1', '2'] });
  });

  it('never cuts a character at the border of two chunks', async () => {
    for (const encoding of ['utf8', 'utf16le'] as const) {
      const names = Array.from({ length: 60_000 }, (_, i) => `${'é'.repeat(i % 5)}ता😀${i}`);
      const { rows } = await read(
        Buffer.from(`\ufeffname,lat,lon\n${names.map((name) => `${name},1,2`).join('\n')}`, encoding),
      );
      expect(rows.map((row) => row.cells[0])).toEqual(names);
    }
  });

  it('loses NUL and halves of surrogate pairs, which no database takes', async () => {
    const { rows } = await read(`name,lat,lon\n${'x,1,2\n'.repeat(2000)}a\u0000b,1,2\n`);
    expect(rows.at(-1)?.cells[0]).toBe('ab');
  });

  it('says in which row a quote is never closed', async () => {
    await expect(read('name,lat,lon\nA,1,2\n"B,3,4\nC,5,6\n')).rejects.toMatchObject({
      code: 'CSV_QUOTE_NOT_CLOSED',
      message: expect.stringContaining('Row 3 of points.txt'),
    });
  });

  it('may say its delimiter in the first line', async () => {
    expect((await read('sep=;\nname;lat;lon\nA;1;2\n')).rows).toEqual([
      { number: 3, cells: ['A', '1', '2'] },
    ]);
  });
});

describe('an NDJSON file', () => {
  it('names its columns by the keys of its rows, without letters', async () => {
    const { info, rows } = await read(
      '{"Lat":1,"lon":2,"tags":["a"],"deep":{"x":1},"ok":true}\n\n{"lon":4,"Lat":3,"name":"B","note":null}\n',
    );
    expect(info).toMatchObject({ format: 'ndjson', file: 'points.txt' });
    expect(info.headerRow).toBeUndefined();
    expect(info.columns.map(({ letter, header, field }) => [letter, header, field])).toEqual([
      ['Lat', 'Lat', 'latitude'],
      ['lon', 'lon', 'longitude'],
      ['tags', 'tags', undefined],
      ['deep', 'deep', undefined],
      ['ok', 'ok', undefined],
      ['name', 'name', 'name'],
      ['note', 'note', undefined],
    ]);
    expect(rows).toEqual([
      { number: 1, cells: [1, 2, '["a"]', '{"x":1}', true, null, null] },
      { number: 3, cells: [3, 4, null, null, null, 'B', null] },
    ]);
  });

  it('keeps what the task reads although it first appears after the 100 rows that name the columns', async () => {
    const lines = Array.from({ length: 150 }, (_, i) =>
      i < 120 ? { lat: i / 2, lon: 2 } : { LAT: i / 2, lon: 2, NAME: `T${i}`, extra: 1 },
    );
    const { info, rows } = await read(lines.map((line) => JSON.stringify(line)).join('\n'));
    expect(info.columns.map((column) => column.header)).toEqual(['lat', 'lon', 'name']);
    expect(rows.at(-1)?.cells).toEqual([74.5, 2, 'T149']);
  });

  it('goes on after a line that is no JSON object, and says what is wrong with it', async () => {
    const { rows } = await read('{"lat":1,"lon":2}\n{"lat":1,\n[1]\n{"lat":3,"lon":4}\n');
    expect(rows.map((row) => [row.number, row.unreadable?.code])).toEqual([
      [1, undefined],
      [2, 'LINE_NOT_JSON'],
      [3, 'LINE_NOT_JSON'],
      [4, undefined],
    ]);
    expect(rows[1]?.unreadable?.message).toContain('line 2 is not JSON');
  });

  it('says which key is missing and which are there', async () => {
    await expect(read('{"lat":1,"lontigude":2}\n')).rejects.toMatchObject({
      code: 'SHEET_COLUMN_MISSING',
      hint: 'Did you mean "lontigude" (lontigude) for longitude?',
    });
  });

  it('may hold one GeoJSON feature a line', async () => {
    const feature = (x: number) =>
      JSON.stringify({
        type: 'Feature',
        properties: { name: 'A' },
        geometry: { type: 'Point', coordinates: [x, 19] },
      });
    const { rows, info } = await read(`\u001e${feature(73)}\n\u001e${feature(74)}\n`);
    expect(info.format).toBe('ndjson');
    expect(rows[1]).toMatchObject({
      number: 2,
      cells: ['A', 74, 19],
      geometry: { type: 'Point', coordinates: [74, 19] },
    });
  });

  it('survives keys that are names of JavaScript', async () => {
    const { rows } = await read('{"lat":1,"lon":2,"__proto__":"x","constructor":"y"}\n');
    expect(rows[0]?.cells).toEqual([1, 2, 'x', 'y']);
  });
});

describe('standard input', () => {
  const spools = () =>
    readdirSync(tmpdir()).filter(
      (name) => /^sluice-\w{6}$/.test(name) && existsSync(join(tmpdir(), name, 'input')),
    );

  it('is kept in a private file until it is closed, so that it can be read twice', async () => {
    const before = spools();
    const stdin = Readable.from([Buffer.from('name,lat,'), Buffer.from('lon\nA,1,2\n')]);
    const source = await openSource('-', { fields: fieldSpecs(pointsTask), limits, stdin });
    const [spool] = spools().filter((name) => !before.includes(name));
    expect(statSync(join(tmpdir(), spool!, 'input')).mode & 0o777).toBe(0o600);
    expect(source.info).toMatchObject({ file: 'stdin', path: '-', bytes: 19 });
    for (let time = 0; time < 2; time++) {
      for await (const rows of source.rows()) expect(rows).toEqual([{ number: 2, cells: ['A', '1', '2'] }]);
    }
    await source.close();
    expect(spools()).toEqual(before);
  });

  it('leaves nothing behind when it cannot be used', async () => {
    const before = spools();
    const stdin = Readable.from([Buffer.from('colour,weight\nred,2\n')]);
    await expect(openSource('-', { fields: fieldSpecs(pointsTask), limits, stdin })).rejects.toMatchObject({
      code: 'SHEET_COLUMN_MISSING',
    });
    await expect(
      openSource('-', { fields: fieldSpecs(pointsTask), limits, stdin: Readable.from([]) }),
    ).rejects.toMatchObject({ code: 'FILE_EMPTY' });
    expect(spools()).toEqual(before);
  });

  it('may be any pipe that has a name', async ({ skip }) => {
    if (process.platform === 'win32') skip();
    mkdirSync(join(folder, 'pipes'), { recursive: true });
    const path = join(folder, 'pipes', 'points');
    execFileSync('mkfifo', [path]);
    const [{ rows }] = await Promise.all([readFile(path), writeFile(path, 'lat,lon\n1,2\n')]);
    expect(rows).toHaveLength(1);
  });
});

/** What a file is, by its content; its name is never asked. */
import { createReadStream } from 'node:fs';
import { InputError } from '../core/error.js';
import { emptyFile, type SourceFile } from './source-file.js';
import { decodeHead, detectEncoding, type TextEncoding } from './text-encoding.js';

export type FileFormat =
  | { kind: 'xlsx' }
  | {
      kind: 'csv' | 'ndjson' | 'geojson';
      encoding: TextEncoding /** The file's first characters. */;
      head: string;
    };

const EXPECTED = 'expected an .xlsx workbook, CSV, TSV, NDJSON or a GeoJSON FeatureCollection';
/** Before each feature of a GeoJSON text sequence (RFC 8142). */
const RECORD_SEPARATOR = '\u001e';
const OLE = Buffer.from('d0cf11e0a1b11ae1', 'hex');

/** Files that are something else, by their first bytes. */
const OTHERS: readonly (readonly [readonly string[], string, string])[] = [
  [['%PDF'], 'a PDF', 'Ask for the sheet that the PDF was made from'],
  [['\u001f\u008b'], 'gzip-compressed', 'Unpack it first: gunzip FILE'],
  [['\u0089PNG', '\u00ff\u00d8\u00ff', 'GIF8'], 'a picture', 'Ask for the sheet as a file, not as a picture'],
  [['II*\u0000', 'MM\u0000*'], 'a TIFF raster', 'Rasters belong under "data" in the config'],
  [['Rar!', '7z\u00bc\u00af'], 'an archive', 'Unpack it first'],
  [
    ['SQLite format 3'],
    'a SQLite or GeoPackage database',
    'Export it: ogr2ogr -f GeoJSON points.geojson FILE',
  ],
];

/** @throws {InputError} FILE_EMPTY, FILE_NOT_A_SHEET, WORKBOOK_OLD_FORMAT, WORKBOOK_ENCRYPTED */
export async function detectFormat(file: SourceFile): Promise<FileFormat> {
  const { head } = file;
  if (head.subarray(0, 4).toString('latin1') === 'PK\u0003\u0004') return { kind: 'xlsx' };
  if (head.subarray(0, 4).toString('latin1') === 'PK\u0005\u0006') throw notASheet(file, 'an empty zip');
  if (head.subarray(0, OLE.length).equals(OLE)) throw await oleError(file);
  const start = head.subarray(0, 16).toString('latin1');
  for (const [signatures, what, hint] of OTHERS)
    if (signatures.some((signature) => start.startsWith(signature))) throw notASheet(file, what, hint);
  const encoding = detectEncoding(head, file.validUtf8);
  const text = decodeHead(head, encoding);
  if (isBinary(text)) throw notASheet(file, 'not text');
  const body = text.replace(RECORD_SEPARATOR, '').trimStart();
  if (body === '') throw emptyFile(file.name);
  if (/^<(\?xml|!doctype|html|table|kml|gpx)/i.test(body)) {
    throw notASheet(
      file,
      /^<(\?xml|kml|gpx)/i.test(body) ? 'XML' : 'a web page',
      'Open it in a spreadsheet program and save it as .xlsx',
    );
  }
  if (/^\[\s*[{\]]/.test(body)) {
    throw notASheet(file, 'one JSON array', "Write one object a line: jq -c '.[]' FILE > rows.ndjson");
  }
  const kind = body.startsWith('{') ? jsonKind(file, body) : 'csv';
  return { kind, encoding, head: text };
}

function jsonKind(file: SourceFile, body: string): 'ndjson' | 'geojson' {
  const [line = ''] = body.split('\n', 1);
  const first = parseObject(line);
  if (first !== undefined) {
    return first.type === 'FeatureCollection' || Array.isArray(first.features) ? 'geojson' : 'ndjson';
  }
  if (/"FeatureCollection"|"features"\s*:/.test(body)) return 'geojson';
  throw notASheet(
    file,
    'JSON of another shape',
    'Write one object a line (NDJSON), or a GeoJSON FeatureCollection',
  );
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Text of a sheet holds no NUL and next to no other control characters. */
function isBinary(text: string): boolean {
  const sample = text.slice(0, 8192);
  let controls = 0;
  for (let i = 0; i < sample.length; i++) {
    const code = sample.charCodeAt(i);
    if (code === 0) return true;
    if (code < 9 || (code > 13 && code < 27) || (code >= 0x80 && code < 0xa0) || code === 0xfffd)
      controls += 1;
  }
  return controls > sample.length * 0.05;
}

/** The old container holds .xls workbooks and, since 2007, encrypted .xlsx files: its streams' names tell which. */
async function oleError(file: SourceFile): Promise<InputError> {
  if (await contains(file.readPath, Buffer.from('EncryptedPackage', 'utf16le'))) {
    return new InputError(
      `${file.name} is encrypted with a password; expected a workbook that opens without one`,
      {
        code: 'WORKBOOK_ENCRYPTED',
        hint: 'In Excel: File, Info, Protect Workbook, Encrypt with Password, clear the password, save',
        details: { file: file.name },
      },
    );
  }
  const old =
    (await contains(file.readPath, Buffer.from('Workbook', 'utf16le'))) ||
    (await contains(file.readPath, Buffer.from('Book\u0000', 'utf16le')));
  if (!old) return notASheet(file, 'an old Office file without a workbook in it');
  return new InputError(`${file.name} is a workbook of Excel 97-2003 (.xls); expected .xlsx`, {
    code: 'WORKBOOK_OLD_FORMAT',
    hint: 'Open it and save it as "Excel Workbook (.xlsx)", or: soffice --headless --convert-to xlsx FILE',
    details: { file: file.name },
  });
}

async function contains(path: string, needle: Buffer): Promise<boolean> {
  let tail = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    const bytes = Buffer.concat([tail, chunk]);
    if (bytes.includes(needle)) return true;
    tail = Buffer.from(bytes.subarray(Math.max(0, bytes.length - needle.length)));
  }
  return false;
}

export function notASheet(file: Pick<SourceFile, 'name'>, what: string, hint?: string): InputError {
  return new InputError(`${file.name} is ${what}; ${EXPECTED}`, {
    code: 'FILE_NOT_A_SHEET',
    hint: hint ?? 'Save the sheet as .xlsx or CSV and run the command with that file',
    details: { file: file.name, found: what },
  });
}

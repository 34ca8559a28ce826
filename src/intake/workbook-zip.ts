/** The zip around a workbook: judged by its table of contents before a byte is unpacked, and held to it while unpacking. */

import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { crc32, createInflateRaw } from 'node:zlib';
import yauzl from 'yauzl';
import { InputError } from '../core/error.js';
import { notASheet } from './file-format.js';
import { formatBytes, type Limits, limitError } from './limits.js';
import type { SourceFile } from './source-file.js';

export interface WorkbookZip {
  has(part: string): boolean;
  /** The text of a part in chunks. `maxBytes` bounds parts that are held in memory. */
  text(part: string, maxBytes?: number): AsyncGenerator<string>;
  close(): void;
}

/** Below this no ratio is dangerous, and short parts of like lines compress very well. */
const RATIO_FREE_BYTES = 10_000_000;
/** Characters that a cell's one character may take in XML: `&#x10FFFF;`. */
const XML_CHARACTERS_A_CHARACTER = 10;

/**
 * @throws {InputError} WORKBOOK_TRUNCATED, WORKBOOK_DAMAGED, WORKBOOK_ENCRYPTED, WORKBOOK_MACROS, FILE_NOT_A_SHEET,
 * LIMIT_ENTRIES, LIMIT_UNCOMPRESSED_BYTES, LIMIT_RATIO
 */
export async function openWorkbookZip(file: SourceFile, limits: Limits): Promise<WorkbookZip> {
  const zip = await openZip(file);
  try {
    const entries = await readEntries(zip, file, limits);
    checkEntries(entries, file);
    const find = (part: string) => entries.get(part.toLowerCase());
    return {
      has: (part) => find(part) !== undefined,
      text: (part, maxBytes) => partText(zip, find(part), { part, file, limits, maxBytes }),
      close: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

function openZip(file: SourceFile): Promise<yauzl.ZipFile> {
  return new Promise((done, fail) => {
    yauzl.open(file.readPath, { lazyEntries: true, autoClose: false }, (error, zip) => {
      if (error) fail(zipError(file, error));
      else done(zip);
    });
  });
}

function readEntries(
  zip: yauzl.ZipFile,
  file: SourceFile,
  limits: Limits,
): Promise<Map<string, yauzl.Entry>> {
  const entries = new Map<string, yauzl.Entry>();
  let total = 0;
  return new Promise((done, fail) => {
    const tooMany = (count: number) =>
      limitError(
        'maxEntries',
        limits,
        `${file.name} holds ${count.toLocaleString('en-US')} files inside`,
        count,
      );
    if (zip.entryCount > limits.maxEntries) return fail(tooMany(zip.entryCount));
    zip.on('error', (error: Error) => fail(zipError(file, error)));
    zip.on('end', () => done(entries));
    zip.on('entry', (entry: yauzl.Entry) => {
      total += entry.uncompressedSize;
      if (total > limits.maxUncompressedBytes) return fail(tooLarge(file, total, limits));
      const ratio = Math.round(entry.uncompressedSize / Math.max(1, entry.compressedSize));
      if (entry.uncompressedSize > RATIO_FREE_BYTES && ratio > limits.maxRatio) {
        return fail(
          limitError(
            'maxRatio',
            limits,
            `${file.name}: ${entry.fileName} unpacks to ${ratio} times its size`,
            ratio,
          ),
        );
      }
      entries.set(entry.fileName.toLowerCase(), entry);
      zip.readEntry();
    });
    zip.readEntry();
  });
}

function tooLarge(file: SourceFile, total: number, limits: Limits): InputError {
  return limitError(
    'maxUncompressedBytes',
    limits,
    `${file.name} unpacks to ${formatBytes(total)} or more`,
    total,
  );
}

function checkEntries(entries: Map<string, yauzl.Entry>, file: SourceFile): void {
  const names = [...entries.keys()];
  if (names.some((name) => name.endsWith('vbaproject.bin'))) {
    throw new InputError(`${file.name} holds macros; expected a workbook without them`, {
      code: 'WORKBOOK_MACROS',
      hint: 'Save it as "Excel Workbook (.xlsx)"; the cells stay as they are',
      details: { file: file.name },
    });
  }
  if ([...entries.values()].some((entry) => entry.isEncrypted())) throw encrypted(file);
  const other = OTHER_ZIPS.find(([part]) => names.some((name) => name.startsWith(part)));
  if (other !== undefined) throw notASheet(file, other[1], other[2]);
  if (!names.some((name) => name.startsWith('xl/'))) throw notASheet(file, 'a zip without a workbook in it');
}

const OTHER_ZIPS: readonly (readonly [string, string, string?])[] = [
  ['xl/workbook.bin', 'a binary workbook (.xlsb)', 'Save it as "Excel Workbook (.xlsx)"'],
  ['word/', 'a Word document', 'Copy its table into a sheet and save that as .xlsx'],
  ['ppt/', 'a presentation'],
  ['content.xml', 'an OpenDocument file', 'Save it as .xlsx: soffice --headless --convert-to xlsx FILE'],
  ['doc.kml', 'a KMZ map', 'Convert it: ogr2ogr -f GeoJSON points.geojson FILE'],
];

interface PartRequest {
  part: string;
  file: SourceFile;
  limits: Limits;
  maxBytes: number | undefined;
}

/** The XML events of one piece live until its rows are made: few enough to die before the collector copies them. */
const PIECE_BYTES = 8_192;

/** Text of one part; more bytes than the table of contents said, a wrong checksum or an endless word stop it. */
async function* partText(
  zip: yauzl.ZipFile,
  entry: yauzl.Entry | undefined,
  request: PartRequest,
): AsyncGenerator<string> {
  const { part, file, limits } = request;
  if (entry === undefined) throw damaged(file, `${part} is missing`);
  if (entry.uncompressedSize > (request.maxBytes ?? Number.POSITIVE_INFINITY)) {
    throw damaged(
      file,
      `${part} is ${formatBytes(entry.uncompressedSize)}, far more than such a part ever holds`,
    );
  }
  const longestWord = limits.maxCellLength * XML_CHARACTERS_A_CHARACTER + 65_536;
  const stream = await openPart(zip, entry, file);
  let decoder: StringDecoder | undefined;
  let bytes = 0;
  let checksum = 0;
  let sinceTag = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > entry.uncompressedSize)
        throw damaged(file, `${part} is larger than the zip says, a sign of a zip bomb`);
      checksum = crc32(chunk, checksum);
      decoder ??= new StringDecoder(chunk[0] === 0xff && chunk[1] === 0xfe ? 'utf16le' : 'utf8');
      for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
        const text = decoder.write(chunk.subarray(start, start + PIECE_BYTES));
        const tag = text.lastIndexOf('<');
        sinceTag = tag === -1 ? sinceTag + text.length : text.length - tag;
        if (sinceTag > longestWord) {
          throw limitError(
            'maxCellLength',
            limits,
            `${file.name}: ${part} holds a text of more than ${longestWord} characters`,
            sinceTag,
          );
        }
        yield text;
      }
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw damaged(file, `${part} cannot be unpacked`, error);
  } finally {
    stream.destroy();
  }
  if (bytes !== entry.uncompressedSize || checksum !== entry.crc32)
    throw damaged(file, `${part} does not match its checksum`);
}

function openPart(zip: yauzl.ZipFile, entry: yauzl.Entry, file: SourceFile): Promise<Readable> {
  return new Promise((done, fail) => {
    if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
      return fail(
        damaged(
          file,
          `${entry.fileName} is compressed in a way (${entry.compressionMethod}) that workbooks do not use`,
        ),
      );
    }
    zip.readLocalFileHeader(entry, { minimal: true }, (error, header) => {
      if (error) return fail(zipError(file, error));
      done(unpacked(file.readPath, header.fileDataStart, entry));
    });
  });
}

/** Reads by itself: yauzl's own streams may throw when they are given up half-way, as they are once a header is found. */
function unpacked(path: string, start: number, entry: yauzl.Entry): Readable {
  if (entry.compressedSize === 0) return Readable.from([]);
  const packed = createReadStream(path, { start, end: start + entry.compressedSize - 1 });
  // The callback hears errors that reading hears too.
  return entry.compressionMethod === 0
    ? packed
    : pipeline(packed, createInflateRaw({ chunkSize: 65_536 }), () => {});
}

function zipError(file: SourceFile, cause: Error): InputError {
  if (/encryption/.test(cause.message)) return encrypted(file);
  if (
    /not found|unexpected EOF|overflows|end of (file|central)|invalid central directory/i.test(cause.message)
  ) {
    return new InputError(
      `${file.name} is cut off: the end of the workbook is missing after ${formatBytes(file.bytes)}`,
      {
        code: 'WORKBOOK_TRUNCATED',
        hint: 'Copy or download the file again; if it was being saved, wait until that has ended',
        details: { file: file.name, bytes: file.bytes },
        cause,
      },
    );
  }
  return damaged(file, cause.message, cause);
}

function encrypted(file: SourceFile): InputError {
  return new InputError(
    `${file.name} is a zip with encrypted files in it; expected a workbook that opens without a password`,
    {
      code: 'WORKBOOK_ENCRYPTED',
      hint: 'Save the workbook again without a password',
      details: { file: file.name },
    },
  );
}

export function damaged(file: Pick<SourceFile, 'name'>, what: string, cause?: unknown): InputError {
  return new InputError(`${file.name} is damaged: ${what}`, {
    code: 'WORKBOOK_DAMAGED',
    hint: 'Open it in a spreadsheet program, let it repair the file, and save it again as .xlsx',
    details: { file: file.name, found: what },
    cause,
  });
}

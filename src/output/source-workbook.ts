/** Whether the user's workbook can be loaded whole and given back with its styles, and what would be lost. */
import { stat } from 'node:fs/promises';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { shorten } from '../core/text.js';
import { hashFile } from './hash-file.js';
import type { OutputRequest } from './output-request.js';

/** Unpacked size, as a multiple of `maxStyledBytes`, that may be loaded: a small file can unpack to gigabytes. */
const MAX_UNPACKED_FACTOR = 10;

/** What exceljs never copies. */
const LOST_PARTS: readonly [RegExp, string][] = [
  [/^xl\/charts\//, 'charts'],
  [/^xl\/pivot(?:Tables|Cache)\//, 'pivot tables'],
  [/^xl\/slicers\//, 'slicers'],
  [/^xl\/(?:ctrlProps|activeX)\//, 'form controls'],
  [/^xl\/diagrams\//, 'diagrams'],
  [/^xl\/embeddings\//, 'embedded files'],
  [/^xl\/vbaProject/, 'macros'],
];

/** What of a sheet's XML to leave out when exceljs fails on the whole, and in words; tried in turn. */
export const COPY_ATTEMPTS: readonly { ignored: readonly string[]; without: readonly string[] }[] = [
  { ignored: [], without: [] },
  { ignored: ['drawing', 'picture'], without: ['pictures'] },
  { ignored: ['tableParts'], without: ['tables (their cells are there)'] },
  {
    ignored: ['drawing', 'picture', 'tableParts', 'conditionalFormatting', 'dataValidations', 'extLst'],
    without: ['pictures', 'tables (their cells are there)', 'conditional formats', 'drop-down lists'],
  },
];

/** Null when it can be loaded; else why not, as the rest of "results are in a plain copy without styles: …". */
export async function reasonAgainstStyles(request: OutputRequest): Promise<string | null> {
  const { source } = request.batch;
  const name = shorten(source.file);
  const found = await stat(source.path).catch(() => null);
  if (found === null || !found.isFile()) return `${name} is no longer where it was read`;
  if (found.size > request.maxStyledBytes) {
    return `${name} is ${megabytes(found.size)}, over output.maxStyledBytes (${megabytes(request.maxStyledBytes)})`;
  }
  const { sha256 } = await hashFile(source.path);
  if (sha256 !== source.sha256) return `${name} was changed after it was submitted`;
  const limit = request.maxStyledBytes * MAX_UNPACKED_FACTOR;
  const unpacked = (await entriesOf(source.path)).reduce((sum, entry) => sum + entry.uncompressedSize, 0);
  if (unpacked > limit) {
    return `${name} unpacks to ${megabytes(unpacked)}, over ${MAX_UNPACKED_FACTOR} times output.maxStyledBytes (${megabytes(limit)})`;
  }
  return null;
}

/** Names of what a copy made by exceljs leaves out: `charts`, `pivot tables`. */
export async function lostParts(file: string): Promise<string[]> {
  const names = (await entriesOf(file)).map((entry) => entry.fileName);
  return LOST_PARTS.filter(([pattern]) => names.some((name) => pattern.test(name))).map(([, word]) => word);
}

async function entriesOf(file: string): Promise<Entry[]> {
  const zip: ZipFile = await openPromise(file, { autoClose: false });
  const entries: Entry[] = [];
  try {
    for await (const entry of zip.eachEntry()) entries.push(entry);
  } finally {
    zip.close();
  }
  return entries;
}

function megabytes(bytes: number): string {
  const value = bytes / 1_000_000;
  return `${value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en-US')} MB`;
}

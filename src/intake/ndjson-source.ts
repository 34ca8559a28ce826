/** One JSON object a line (NDJSON, JSON Lines); lines that are GeoJSON features give their properties and geometry. */
import { shorten } from '../core/text.js';
import type { FileFormat } from './file-format.js';
import { type PointMembers, pointMembers } from './geojson-point.js';
import { type Limits, limitError } from './limits.js';
import type { Members } from './object-columns.js';
import { type ObjectRow, openObjectRows } from './object-rows.js';
import type { FormatRequest, OpenedFormat } from './source.js';
import type { SourceFile } from './source-file.js';
import { readText, type TextEncoding } from './text-encoding.js';

/** A row's number is its line's. A line that is no JSON object becomes an invalid row. */
export async function openNdjson(
  file: SourceFile,
  format: Extract<FileFormat, { head: string }>,
  { fields, limits }: FormatRequest,
): Promise<OpenedFormat> {
  const pointOf = pointMembers(fields);
  const scan = () => jsonLines(file, format.encoding, limits, pointOf);
  const { columns, rows } = await openObjectRows(scan, { fields, limits, where: file.name });
  return { info: { format: 'ndjson', columns }, rows, close: () => {} };
}

/** Before each feature of a GeoJSON text sequence (RFC 8142). */
const RECORD_SEPARATOR = '\u001e';

/** Characters that one line may have before it is taken for a file without line ends. */
const MAX_LINE_CHARACTERS = 64_000_000;

async function* jsonLines(
  file: SourceFile,
  encoding: TextEncoding,
  limits: Limits,
  pointOf: PointMembers,
): AsyncGenerator<ObjectRow[]> {
  let rest = '';
  let number = 0;
  const toRow = (line: string): ObjectRow[] => {
    number += 1;
    const text = line.replace(RECORD_SEPARATOR, '').trim();
    return text === '' ? [] : [jsonRow(text, number, pointOf)];
  };
  for await (const text of readText(file.readPath, encoding)) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_CHARACTERS) {
      throw limitError(
        'maxCellLength',
        limits,
        `Line ${number + lines.length + 1} of ${file.name} has more than ${MAX_LINE_CHARACTERS} characters`,
        rest.length,
      );
    }
    const rows = lines.flatMap(toRow);
    if (rows.length > 0) yield rows;
  }
  const last = toRow(rest);
  if (last.length > 0) yield last;
}

function jsonRow(text: string, number: number, pointOf: PointMembers): ObjectRow {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return unreadable(number, `is not JSON (${(error as Error).message}): ${shorten(text, 80)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return unreadable(number, `is not a JSON object: ${shorten(text, 80)}`);
  }
  const members = value as Members;
  if (members.type !== 'Feature' || !('geometry' in members)) return { number, members };
  const properties = (members.properties ?? {}) as Members;
  return {
    number,
    members: properties,
    point: pointOf(properties, members.geometry),
    geometry: members.geometry,
  };
}

function unreadable(number: number, what: string): ObjectRow {
  return {
    number,
    members: {},
    unreadable: { code: 'LINE_NOT_JSON', message: `line ${number} ${what}; expected one JSON object a line` },
  };
}

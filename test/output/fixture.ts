/** A batch as the engine would hand it over: 40 survey points north of Ahmedabad, made up, with lakes and watersheds. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ExcelJS from 'exceljs';
import { onTestFinished } from 'vitest';
import type { CellIssue, CellValue, LedgerRow, RowState, SourceInfo } from '../../src/core/row.js';
import type { OutputRequest } from '../../src/output/output-request.js';

export const HEADERS = [
  'Sr No.',
  'Name of the waterbody ',
  'Village',
  'Latitude',
  'Longitude',
  'Silt excavated',
  'Visited on',
];
const FIELDS: Record<string, string> = {
  Latitude: 'latitude',
  Longitude: 'longitude',
  'Name of the waterbody ': 'name',
};
const VILLAGES = ['Rupal', 'Vasan', 'Pundhra', 'Balva', 'Charada', 'Lodra', 'Mansa', 'Itadara'];
export const RESULT_COLUMNS = ['water_latitude', 'water_longitude', 'distance_m', 'mws_uids', 'match'];

/** A folder that goes with the test. */
export async function scratch(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-output-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export interface FixtureOptions {
  count?: number;
  /** Changes a row before it is given out. */
  change?: (row: LedgerRow) => LedgerRow;
}

/** Rows with no state but completed, except 7 and 23 failed, 12 and 31 invalid, 18 to 20 skipped. */
export function ledgerRows({ count = 40, change = (row) => row }: FixtureOptions = {}): LedgerRow[] {
  const random = seeded(7);
  return Array.from({ length: count }, (_, index) => {
    const number = index + 2;
    const angle = random() * 6.283;
    const lake = LAKES[index % LAKES.length]!;
    const away = lake.radius * (1.05 + random() * 0.6);
    const latitude = round(lake.latitude + Math.sin(angle) * away);
    const longitude = round(lake.longitude + Math.cos(angle) * away * 1.2);
    const state = stateOf(index + 1);
    const village = VILLAGES[index % VILLAGES.length]!;
    const cells: Record<string, CellValue> = {
      'Sr No.': index + 1,
      'Name of the waterbody ': `${village} talav`,
      Village: village,
      Latitude: index + 1 === 12 ? 137.76 : latitude,
      Longitude: index + 1 === 31 ? 'seventy-two' : longitude,
      'Silt excavated': Math.round(random() * 4000) / 10,
      'Visited on': `2024-0${1 + (index % 6)}-1${index % 10}`,
    };
    const startedMs = Date.parse('2026-11-21T09:20:00Z') + index * 120;
    const took = 40 + Math.round(random() * random() * 900);
    const ran = state === 'completed' || state === 'failed';
    const row: LedgerRow = {
      number,
      state,
      cells,
      input:
        state === 'invalid' ? null : { name: cells['Name of the waterbody '] as string, latitude, longitude },
      result:
        state === 'completed' || state === 'skipped' ? result(lake, angle, latitude, longitude, index) : null,
      reason: reasonOf(state, index + 1),
      error: state === 'failed' ? errorOf(index + 1) : null,
      issues: state === 'invalid' ? [issueOf(index + 1, number)] : [],
      attempts: state === 'completed' ? 1 : state === 'failed' ? (index + 1 === 7 ? 1 : 3) : 0,
      startedAt: ran ? new Date(startedMs).toISOString() : null,
      endedAt: ran ? new Date(startedMs + took).toISOString() : null,
    };
    return change(row);
  });
}

export function columns() {
  return HEADERS.map((header, index) => ({
    index,
    letter: String.fromCharCode(65 + index),
    header,
    ...(FIELDS[header] === undefined ? {} : { field: FIELDS[header] }),
  }));
}

/** A workbook as a field team sends it: a title row, a styled header in row 1, a second sheet, widths and borders. */
export async function writeSourceWorkbook(file: string, rows: readonly LedgerRow[]): Promise<SourceInfo> {
  const workbook = new ExcelJS.Workbook();
  const sheet = workbook.addWorksheet('Sites 2024');
  sheet.addRow(HEADERS);
  sheet.getRow(1).eachCell((cell) => {
    cell.font = { bold: true, color: { argb: 'FF00315C' } };
    cell.fill = { type: 'pattern', pattern: 'solid', fgColor: { argb: 'FFBFD7EA' } };
    cell.border = { bottom: { style: 'medium' } };
  });
  for (const row of rows) {
    const line = sheet.getRow(row.number);
    for (const [index, header] of HEADERS.entries()) {
      const value = row.cells[header] ?? null;
      const dated = header === 'Visited on' && typeof value === 'string';
      line.getCell(index + 1).value = dated ? new Date(value) : value;
      if (dated) line.getCell(index + 1).numFmt = 'dd/mm/yyyy';
    }
  }
  sheet.getColumn(2).width = 31;
  const notes = workbook.addWorksheet('Notes');
  notes.getCell('B2').value = 'Checked by Asha';
  notes.getCell('B2').font = { italic: true };
  await workbook.xlsx.writeFile(file);
  return sourceOf(file, { format: 'xlsx', sheet: 'Sites 2024', headerRow: 1 });
}

export async function sourceOf(file: string, about: Partial<SourceInfo>): Promise<SourceInfo> {
  const bytes = await readFile(file);
  return {
    file: path.basename(file),
    path: file,
    format: 'csv',
    sha256: sha256(bytes),
    bytes: bytes.byteLength,
    columns: columns(),
    ...about,
  };
}

export interface RequestParts extends Partial<Omit<OutputRequest, 'rows' | 'batch' | 'outDir'>> {
  outDir: string;
  source: SourceInfo;
  rows: readonly LedgerRow[];
}

export function requestOf({ outDir, source, rows, ...rest }: RequestParts): OutputRequest {
  const ended = (state: RowState) => rows.filter((row) => row.state === state).length;
  return {
    batch: {
      id: 'b_0abcdefgh1234567',
      task: { name: 'desilting', version: 1, title: 'Desilting sites to their water bodies' },
      options: { searchRadiusM: 1500, minWaterYears: 2, closestWaterPixel: true },
      source,
      counts: {
        total: rows.length,
        completed: ended('completed'),
        failed: ended('failed'),
        invalid: ended('invalid'),
        skipped: ended('skipped'),
        cancelled: ended('cancelled'),
      },
      state: 'finished',
      createdAt: '2026-11-21T09:19:58.000Z',
      startedAt: '2026-11-21T09:20:00.000Z',
      endedAt: '2026-11-21T09:20:05.120Z',
      versions: { sluice: '0.1.0', node: 'v20.20.2' },
      backends: { database: 'PGlite 0.5.14', queue: 'PGlite' },
    },
    resultColumns: RESULT_COLUMNS,
    chart: { column: 'distance_m', title: 'Distance from the surveyed point to water', unit: 'm' },
    rows: async function* () {
      yield* rows;
    },
    artifacts: [],
    outDir,
    stem: 'sites',
    maxStyledBytes: 20_000_000,
    ...rest,
  };
}

/** Two layers as desilting's `finish` writes them. */
export async function writeLayers(folder: string): Promise<OutputRequest['artifacts']> {
  const water = { type: 'FeatureCollection', features: LAKES.map(lakeFeature) };
  const sheds = { type: 'FeatureCollection', features: watersheds() };
  return Promise.all(
    [
      { name: 'watersheds.geojson', title: 'Micro-watersheds', content: sheds },
      { name: 'waterbodies.geojson', title: 'Water bodies', content: water },
    ].map(async ({ name, title, content }) => {
      const text = JSON.stringify(content);
      await writeFile(path.join(folder, name), text);
      return {
        name,
        title,
        kind: 'geojson',
        path: path.join(folder, name),
        sha256: sha256(text),
        bytes: text.length,
      };
    }),
  );
}

interface Lake {
  name: string;
  latitude: number;
  longitude: number;
  radius: number;
}

const LAKES: Lake[] = [
  { name: 'Rupal talav', latitude: 23.2, longitude: 72.6, radius: 0.006 },
  { name: 'Vasan talav', latitude: 23.225, longitude: 72.633, radius: 0.004 },
  { name: 'Lodra talav', latitude: 23.182, longitude: 72.641, radius: 0.0075 },
  { name: 'Mansa talav', latitude: 23.241, longitude: 72.588, radius: 0.005 },
  { name: 'Balva talav', latitude: 23.169, longitude: 72.575, radius: 0.0035 },
];

function lakeFeature(lake: Lake, index: number) {
  const ring = Array.from({ length: 90 }, (_, step) => {
    const angle = (step / 90) * 2 * Math.PI;
    const wobble = lake.radius * (0.85 + 0.14 * Math.sin(3 * angle + index) + 0.08 * Math.cos(7 * angle));
    return [
      round(lake.longitude + Math.cos(angle) * wobble * 1.2),
      round(lake.latitude + Math.sin(angle) * wobble),
    ];
  });
  return {
    type: 'Feature',
    geometry: { type: 'Polygon', coordinates: [[...ring, ring[0]]] },
    properties: { name: lake.name },
  };
}

function watersheds() {
  const random = seeded(3);
  const nodes = Array.from({ length: 5 }, (_, j) =>
    Array.from({ length: 5 }, (__, i) => [
      round(72.545 + i * 0.03 + (random() - 0.5) * 0.014),
      round(23.145 + j * 0.028 + (random() - 0.5) * 0.014),
    ]),
  );
  return Array.from({ length: 16 }, (_, index) => {
    const [i, j] = [index % 4, Math.floor(index / 4)];
    const ring = [nodes[j]![i], nodes[j]![i + 1], nodes[j + 1]![i + 1], nodes[j + 1]![i], nodes[j]![i]];
    return {
      type: 'Feature',
      geometry: { type: 'Polygon', coordinates: [ring] },
      properties: { uid: `12_2346${40 + index}`, area_in_ha: 900 + index },
    };
  });
}

function result(lake: Lake, angle: number, latitude: number, longitude: number, index: number) {
  const waterLatitude = round(lake.latitude + Math.sin(angle) * lake.radius * 0.85);
  const waterLongitude = round(lake.longitude + Math.cos(angle) * lake.radius * 0.85 * 1.2);
  return {
    water_latitude: waterLatitude,
    water_longitude: waterLongitude,
    distance_m: Math.round(
      Math.hypot((latitude - waterLatitude) * 110_900, (longitude - waterLongitude) * 102_300),
    ),
    mws_uids: [`12_2346${40 + (index % 16)}`, `12_2346${41 + (index % 16)}`],
    match: 'intersect',
  };
}

function stateOf(serial: number): RowState {
  if (serial === 7 || serial === 23) return 'failed';
  if (serial === 12 || serial === 31) return 'invalid';
  return serial >= 18 && serial <= 20 ? 'skipped' : 'completed';
}

function reasonOf(state: RowState, serial: number): string | null {
  if (state === 'skipped') return 'Completed unchanged in batch b_0abcdefgh0000000';
  if (state === 'failed') return errorOf(serial).message;
  return state === 'invalid' ? issueOf(serial, serial + 1).message : null;
}

function errorOf(serial: number) {
  return serial === 7
    ? {
        code: 'NO_WATER',
        message: 'No water pixel found within 1500m',
        field: 'latitude',
        hint: 'Check the point on a map, or raise searchRadiusM.',
      }
    : { code: 'NO_WATERBODY', message: 'No waterbody found within 100m' };
}

function issueOf(serial: number, row: number): CellIssue {
  return serial === 12
    ? {
        field: 'latitude',
        cell: `D${row}`,
        value: '137.76',
        code: 'OUT_OF_RANGE',
        message: 'latitude must be between -90 and 90, found 137.76',
        hint: 'Is it 37.76?',
      }
    : {
        field: 'longitude',
        cell: `E${row}`,
        value: 'seventy-two',
        code: 'NOT_A_NUMBER',
        message: 'longitude must be a number, found "seventy-two"',
      };
}

function round(value: number): number {
  return Math.round(value * 1e7) / 1e7;
}

/** mulberry32: the same rows every time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

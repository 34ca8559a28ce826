/** Stream lines of a flow model: from cells to degrees, kept a line of JSON each. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { geodesicDistanceM } from '../../geo/geodesic.js';
import { roundDegrees } from '../../geo/geojson.js';
import type { Grid } from '../../geo/grid.js';
import type { StreamLink } from '../../geo/hydrology/stream-lines.js';

/** A stretch of stream between two places where streams begin, meet or leave the map. */
export interface StreamLine {
  /** Strahler order. */
  order: number;
  /** Cells that drain into the stretch's last own cell, that cell included. */
  accumulation: number;
  /** Degrees: lon, lat, lon, lat, … downstream through cell centres; the confluence below is the last. */
  line: Float64Array;
  /** Geodesic. */
  lengthM: number;
}

const CHUNK = 65_536;

/** Text in pieces of about 64 kB. */
export function* streamText(links: Iterable<StreamLink>, grid: Grid): Generator<string> {
  let text = '';
  for (const link of links) {
    const line = placed(link, grid);
    text += `${JSON.stringify({ order: link.order, accumulation: link.accumulation, lengthM: lengthM(line), line })}\n`;
    if (text.length < CHUNK) continue;
    yield text;
    text = '';
  }
  yield text;
}

export async function* readStreams(file: string): AsyncGenerator<StreamLine> {
  const stream = createReadStream(file, 'utf8');
  try {
    for await (const text of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (text === '') continue;
      const { line, ...facts } = JSON.parse(text) as Omit<StreamLine, 'line'> & { line: number[] };
      yield { ...facts, line: Float64Array.from(line) };
    }
  } finally {
    stream.destroy();
  }
}

function placed({ cells }: StreamLink, grid: Grid): number[] {
  const line: number[] = [];
  for (let i = 0; i < cells.length; i += 2) {
    const { lon, lat } = grid.toLonLat({ column: cells[i]! + 0.5, row: cells[i + 1]! + 0.5 });
    line.push(roundDegrees(lon), roundDegrees(lat));
  }
  return line;
}

function lengthM(line: readonly number[]): number {
  let length = 0;
  for (let i = 2; i < line.length; i += 2) {
    length += geodesicDistanceM(
      { lon: line[i - 2]!, lat: line[i - 1]! },
      { lon: line[i]!, lat: line[i + 1]! },
    );
  }
  return Math.round(length * 100) / 100;
}

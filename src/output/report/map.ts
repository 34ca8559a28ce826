/** The map: rows by state, water, watersheds, grid and scale, as one SVG drawing with no tiles and no network. */
import type { ReportSection } from '../../core/report-section.js';
import type { RowState } from '../../core/row.js';
import { plural } from '../../core/text.js';
import type { BatchArtifact, OutputRequest } from '../output-request.js';
import { type Html, html } from './html.js';
import { backgroundOf, boundsOfArtifacts, type MapLayer, readLayers } from './layers.js';
import { at, FRAME, mapFigure } from './map-parts.js';
import { MAX_POINTS, type MapPoint, type ReportMaterial } from './material.js';
import { type Bounds, boundsOf, fitProjection, type Projection } from './projection.js';

/** Marks are centred on 0,0: they are scaled about it when the map is zoomed. */
const MARKS: Record<RowState, string> = {
  completed: 'M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0Z',
  failed: 'M0-7.5L7.5 0L0 7.5L-7.5 0Z',
  invalid: 'M-6-6H6V6H-6Z',
  skipped: 'M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0Z',
  cancelled: 'M-5-1.6H5V1.6H-5Z',
  pending: 'M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0Z',
  processing: 'M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0Z',
};

/**
 * Null when nothing of the batch has a place. Where the task has sections of its own, this map has one layer of
 * watersheds and one of water below the rows.
 */
export async function mapSection(
  request: OutputRequest,
  material: ReportMaterial,
  sections: readonly ReportSection[],
): Promise<Html | null> {
  const points = material.points();
  const artifacts = sections.length === 0 ? request.artifacts : backgroundOf(request.artifacts);
  const bounds = await mapBounds(artifacts, points);
  if (bounds === null) return null;
  const projection = fitProjection(bounds, FRAME);
  const layers = await readLayers(artifacts, projection);
  const notes = mapNotes(material, points, layers);
  const figure = mapFigure({
    id: 'map',
    projection,
    label: `Map of ${plural(points.length, 'row')} by state`,
    defs: html`${Object.entries(MARKS).map(([state, path]) => html`<path id="m-${state}" d="${path}"/>`)}`,
    view: html`${layers.map(drawLayer)}${snapLines(points, projection)}${points.map((point) => drawPoint(point, projection))}`,
    caption: legend(points, layers),
  });
  return html`<section id="map-section"><h2>Map</h2>
${figure}
${notes.map((note) => html`<p class="note">${note}</p>`)}</section>`;
}

async function mapBounds(
  artifacts: readonly BatchArtifact[],
  points: readonly MapPoint[],
): Promise<Bounds | null> {
  const drawn = points.flatMap(({ corners, water }) => (water === null ? corners : [...corners, water]));
  return boundsOf(drawn) ?? boundsOfArtifacts(artifacts);
}

function mapNotes(
  material: ReportMaterial,
  points: readonly MapPoint[],
  layers: readonly MapLayer[],
): string[] {
  const notes: string[] = [];
  if (material.pointsSeen > points.length) {
    notes.push(
      `The map shows ${plural(points.length, 'point')} of ${material.pointsSeen.toLocaleString('en-US')}, evenly chosen (at most ${MAX_POINTS.toLocaleString('en-US')}, failures first); the GeoJSON file has all.`,
    );
  }
  for (const { title, leftOut } of layers) {
    if (leftOut > 0)
      notes.push(`${title}: ${plural(leftOut, 'shape')} outside the map or too small to see not drawn.`);
  }
  return notes;
}

function drawLayer({ kind, shapes }: MapLayer): Html {
  return html`<g class="layer ${kind}">${shapes.map(({ path, name }) => html`<path d="${path}">${name !== '' && html`<title>${name}</title>`}</path>`)}</g>`;
}

function snapLines(points: readonly MapPoint[], projection: Projection): Html | null {
  const snapped = points.flatMap((point) => (point.water === null ? [] : [{ from: point, to: point.water }]));
  if (snapped.length === 0) return null;
  const place = (x: number, y: number) => `${at(projection.x(x))} ${at(projection.y(y))}`;
  const lines = snapped.map(
    ({ from, to }) => `M${place(from.longitude, from.latitude)}L${place(to.longitude, to.latitude)}`,
  );
  const ends = snapped.map(({ to }) => `M${place(to.longitude, to.latitude)}h0`);
  return html`<path class="snap" d="${lines.join('')}"/><path class="snap-end" d="${ends.join('')}"/>`;
}

function drawPoint({ longitude, latitude, row, state, text }: MapPoint, projection: Projection): Html {
  const title = `Row ${row}: ${state}${text === '' ? '' : ` — ${text}`}`;
  return html`<g transform="translate(${at(projection.x(longitude))} ${at(projection.y(latitude))})"><use href="#m-${state}" class="mark ${state}"><title>${title}</title></use></g>`;
}

function legend(points: readonly MapPoint[], layers: readonly MapLayer[]): Html {
  const states = (Object.keys(MARKS) as RowState[]).filter((state) =>
    points.some((point) => point.state === state),
  );
  const snapped = points.some((point) => point.water !== null);
  return html`<ul class="legend">
${states.map((state) => html`<li><svg viewBox="-9 -9 18 18" aria-hidden="true"><path class="mark ${state}" d="${MARKS[state]}"/></svg>${state}</li>`)}
${snapped && html`<li><svg viewBox="0 0 18 18" aria-hidden="true"><path class="snap" d="M2 14L14 5"/><path class="snap-end" d="M14 5h0"/></svg>to its water pixel</li>`}
${layers.map(({ kind, title }) => html`<li><svg viewBox="0 0 18 18" aria-hidden="true"><g class="layer ${kind}"><path d="M2 5L8 2L16 4L15 13L7 16L3 12Z"/></g></svg>${title}</li>`)}
</ul>`;
}

/** The map: rows by state, water, watersheds, grid and scale, as one SVG drawing with no tiles and no network. */
import type { RowState } from '../../core/row.js';
import { plural } from '../../core/text.js';
import type { OutputRequest } from '../output-request.js';
import { type Html, html } from './html.js';
import { boundsOfArtifacts, type MapLayer, readLayers } from './layers.js';
import { MAX_POINTS, type MapPoint, type ReportMaterial } from './material.js';
import { type Bounds, boundsOf, fitProjection, type Projection } from './projection.js';
import { degreesText, metresText, roundDown, ticks } from './scale.js';

const FRAME = { width: 1000, minHeight: 480, maxHeight: 700, minMetres: 800 };
/** Share of the width that the scale bar may take. */
const SCALE_SHARE = 0.2;
const LABEL_MARGIN = 50;
const GRID_COLUMNS = 7;
const GRID_ROWS = 5;

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

/** Null when nothing of the batch has a place. */
export async function mapSection(request: OutputRequest, material: ReportMaterial): Promise<Html | null> {
  const points = material.points();
  const bounds = await mapBounds(request, points);
  if (bounds === null) return null;
  const projection = fitProjection(bounds, FRAME);
  const layers = await readLayers(request.artifacts, projection);
  const notes = mapNotes(material, points, layers);
  return html`<section id="map-section"><h2>Map</h2>
<figure class="map" data-map data-metres="${projection.metresPerUnit.toPrecision(8)}">
<div class="map-tools" hidden><button type="button" data-zoom="in" aria-label="Zoom in">+</button><button type="button" data-zoom="out" aria-label="Zoom out">−</button><button type="button" data-zoom="all" aria-label="Show all">⤢</button></div>
<svg viewBox="0 0 ${projection.width} ${projection.height}" role="img" aria-label="Map of ${plural(points.length, 'row')} by state" tabindex="0">
<defs>${Object.entries(MARKS).map(([state, path]) => html`<path id="m-${state}" d="${path}"/>`)}<clipPath id="map-clip"><rect width="${projection.width}" height="${projection.height}"/></clipPath></defs>
<rect class="ground" width="${projection.width}" height="${projection.height}"/>
<g clip-path="url(#map-clip)"><g class="view">${grid(projection)}${layers.map(drawLayer)}${snapLines(points, projection)}${points.map((point) => drawPoint(point, projection))}</g></g>
${tickLabels(projection)}${northArrow(projection)}${scaleBar(projection)}
<rect class="frame" width="${projection.width}" height="${projection.height}"/>
</svg>
<figcaption>${legend(points, layers)}</figcaption></figure>
${notes.map((note) => html`<p class="note">${note}</p>`)}</section>`;
}

async function mapBounds(request: OutputRequest, points: readonly MapPoint[]): Promise<Bounds | null> {
  const drawn = points.flatMap((point) => (point.water === null ? [point] : [point, point.water]));
  return boundsOf(drawn) ?? boundsOfArtifacts(request.artifacts);
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

function grid(projection: Projection): Html {
  const { bounds, width, height } = projection;
  const columns = ticks(bounds.west, bounds.east, GRID_COLUMNS).map(
    (longitude) => `M${at(projection.x(longitude))} ${-height}V${2 * height}`,
  );
  const rows = ticks(bounds.south, bounds.north, GRID_ROWS).map(
    (latitude) => `M${-width} ${at(projection.y(latitude))}H${2 * width}`,
  );
  return html`<path class="grid" d="${[...columns, ...rows].join('')}"/>`;
}

/** Their place on the unzoomed map is kept in data attributes, from which the script moves them. */
function tickLabels(projection: Projection): Html {
  const { bounds, width, height } = projection;
  const columns = ticks(bounds.west, bounds.east, GRID_COLUMNS)
    .map((longitude) => ({ x: at(projection.x(longitude)), text: degreesText(longitude, 'longitude') }))
    .filter(({ x }) => isClear(x, width))
    .map(
      ({ x, text }) =>
        html`<text class="tick" data-x="${x}" x="${x}" y="${height - 10}" text-anchor="middle">${text}</text>`,
    );
  const rows = ticks(bounds.south, bounds.north, GRID_ROWS)
    .map((latitude) => ({ y: at(projection.y(latitude)), text: degreesText(latitude, 'latitude') }))
    .filter(({ y }) => isClear(y, height))
    .map(({ y, text }) => html`<text class="tick" data-y="${y}" x="10" y="${y}" dy="0.35em">${text}</text>`);
  return html`<g class="ticks">${columns}${rows}</g>`;
}

/** A label nearer to the edge would be cut. */
function isClear(place: number, length: number): boolean {
  return place > LABEL_MARGIN && place < length - LABEL_MARGIN;
}

function northArrow({ width, height }: Projection): Html {
  return html`<g class="north" transform="translate(${width - 30} ${height - 128})"><path d="M0 0L9 26L0 20L-9 26Z"/><text y="46" text-anchor="middle">N</text></g>`;
}

/** Its right end stays where it is; the script redraws it for the zoom. */
function scaleBar({ metresPerUnit, width, height }: Projection): Html {
  const metres = roundDown(metresPerUnit * width * SCALE_SHARE);
  const bar = `M0-8V0H${at(-metres / metresPerUnit)}V-8`;
  return html`<g class="scale" transform="translate(${width - 24} ${height - 40})"><path class="scale-halo" d="${bar}"/><path class="scale-bar" d="${bar}"/><text x="-6" y="-10" text-anchor="end">${metresText(metres)}</text></g>`;
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

/** Drawing units with two decimals, without trailing zeros. */
function at(value: number): number {
  return Number(value.toFixed(2));
}

/** What every map of the report has: frame, grid, labels of degrees, north, a scale bar. */
import { type Html, html } from './html.js';
import type { Projection } from './projection.js';
import { degreesText, metresText, roundDown, ticks } from './scale.js';

/** Shapes of maps, in drawing units. */
export const FRAME = { width: 1000, minHeight: 480, maxHeight: 700, minMetres: 800 };

/** Share of the width that the scale bar may take. */
const SCALE_SHARE = 0.2;
const LABEL_MARGIN = 50;
const GRID_COLUMNS = 7;
const GRID_ROWS = 5;

export interface MapDrawing {
  /** Of the whole page: letters, digits and `-`. */
  id: string;
  projection: Projection;
  /** For those who do not see it. */
  label: string;
  defs?: Html | undefined;
  /** What is moved and zoomed. `below` the grid, and above it. */
  below?: Html | undefined;
  view: Html;
  caption: Html;
}

export function mapFigure({ id, projection, label, defs, below, view, caption }: MapDrawing): Html {
  const { width, height } = projection;
  return html`<figure class="map" data-map data-metres="${projection.metresPerUnit.toPrecision(8)}">
<div class="map-tools" hidden><button type="button" data-zoom="in" aria-label="Zoom in">+</button><button type="button" data-zoom="out" aria-label="Zoom out">−</button><button type="button" data-zoom="all" aria-label="Show all">⤢</button></div>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}" tabindex="0">
<defs>${defs}<clipPath id="${id}-clip"><rect width="${width}" height="${height}"/></clipPath></defs>
<rect class="ground" width="${width}" height="${height}"/>
<g clip-path="url(#${id}-clip)"><g class="view">${below}${grid(projection)}${view}</g></g>
${tickLabels(projection)}${northArrow(projection)}${scaleBar(projection)}
<rect class="frame" width="${width}" height="${height}"/>
</svg>
<figcaption>${caption}</figcaption></figure>`;
}

function grid({ bounds, width, height, x, y }: Projection): Html {
  const columns = ticks(bounds.west, bounds.east, GRID_COLUMNS).map(
    (longitude) => `M${at(x(longitude))} ${-height}V${2 * height}`,
  );
  const rows = ticks(bounds.south, bounds.north, GRID_ROWS).map(
    (latitude) => `M${-width} ${at(y(latitude))}H${2 * width}`,
  );
  return html`<path class="grid" d="${[...columns, ...rows].join('')}"/>`;
}

/** Their place on the unzoomed map is kept in data attributes, from which the script moves them. */
function tickLabels({ bounds, width, height, x, y }: Projection): Html {
  const columns = ticks(bounds.west, bounds.east, GRID_COLUMNS)
    .map((longitude) => ({ place: at(x(longitude)), text: degreesText(longitude, 'longitude') }))
    .filter(({ place }) => isClear(place, width))
    .map(
      ({ place, text }) =>
        html`<text class="tick" data-x="${place}" x="${place}" y="${height - 10}" text-anchor="middle">${text}</text>`,
    );
  const rows = ticks(bounds.south, bounds.north, GRID_ROWS)
    .map((latitude) => ({ place: at(y(latitude)), text: degreesText(latitude, 'latitude') }))
    .filter(({ place }) => isClear(place, height))
    .map(
      ({ place, text }) =>
        html`<text class="tick" data-y="${place}" x="10" y="${place}" dy="0.35em">${text}</text>`,
    );
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

/** Drawing units with two decimals, without trailing zeros. */
export function at(value: number): number {
  return Number(value.toFixed(2));
}

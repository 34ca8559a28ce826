/** A map of a report section: pictures of rasters under painted polygons, lines and points, each layer with its key. */
import { toErrorRecord } from '../../core/error.js';
import type { ReportLayer, ReportMap } from '../../core/report-section.js';
import { plural, shorten } from '../../core/text.js';
import type { BatchArtifact } from '../output-request.js';
import { readFeatureLayer } from './feature-layer.js';
import { boundsOfFiles } from './geojson-features.js';
import { type Html, html } from './html.js';
import { type DrawnLayer, mapKey } from './layer-key.js';
import { at, FRAME, mapFigure } from './map-parts.js';
import { type Bounds, fitProjection, type Projection } from './projection.js';
import { type RasterLayer, rasterBounds, readRasterLayer } from './raster-layer.js';

/** What a section's map is drawn from. */
export interface SectionMapInput {
  /** Of the whole page. */
  id: string;
  map: ReportMap;
  artifacts: readonly BatchArtifact[];
  /** Bytes of the report that the map may take, about. */
  budget: number;
}

interface Found {
  layer: ReportLayer;
  path: string;
}

const MAX_FILE_BYTES = 200 * 1024 * 1024;

/** A layer that cannot be drawn is named in a note, and the others are. */
export async function sectionMap({ id, map, artifacts, budget }: SectionMapInput): Promise<Html> {
  const notes = map.note === undefined ? [] : [map.note];
  const found = findFiles(map.layers, artifacts, notes);
  const bounds = await boundsOfMap(found, notes);
  if (bounds === null) return html`<p class="note">${[...notes, 'There is nothing to draw.'].join(' ')}</p>`;
  const projection = fitProjection(bounds, FRAME);
  const drawn: DrawnLayer[] = [];
  for (const one of found) {
    const { layer, path } = one;
    const read = await readLayer(layer, path, projection, budget / found.length).catch(noteOf(one, notes));
    if (read === null) continue;
    drawn.push(read);
    if ('leftOut' in read && read.leftOut > 0) {
      notes.push(
        `${layer.title}: ${plural(read.leftOut, 'feature')} outside the map or too small to see not drawn.`,
      );
    }
  }
  const isGround = (_: DrawnLayer, index: number) =>
    drawn.slice(0, index + 1).every(({ layer }) => layer.kind === 'raster');
  const grounds = drawn.filter(isGround).length;
  const draw = (layers: readonly DrawnLayer[], from: number) =>
    html`${layers.map((layer, index) => drawLayer(layer, from + index, projection))}`;
  const figure = mapFigure({
    id,
    projection,
    label: `Map: ${map.title}`,
    below: draw(drawn.slice(0, grounds), 0),
    view: draw(drawn.slice(grounds), grounds),
    caption: mapKey(drawn),
  });
  return html`${figure}${notes.map((note) => html`<p class="note">${note}</p>`)}`;
}

function findFiles(
  layers: readonly ReportLayer[],
  artifacts: readonly BatchArtifact[],
  notes: string[],
): Found[] {
  return layers.flatMap((layer) => {
    const artifact = artifacts.find(({ name }) => name === layer.artifact);
    if (artifact === undefined) {
      notes.push(`${layer.title} is not drawn: the batch has no file ${shorten(layer.artifact)}.`);
      return [];
    }
    if (layer.kind === 'features' && artifact.bytes > MAX_FILE_BYTES) {
      notes.push(`${layer.title} is not drawn: ${shorten(layer.artifact)} is too large for a report.`);
      return [];
    }
    return [{ layer, path: artifact.path }];
  });
}

/** Of the features that the map is to fit; without any, of the rasters. */
async function boundsOfMap(found: readonly Found[], notes: string[]): Promise<Bounds | null> {
  const files = found.flatMap(({ layer, path }) =>
    layer.kind === 'features' && layer.fit !== false ? [path] : [],
  );
  const ofFeatures = await boundsOfFiles(files, ({ rings, lines, points }) => [
    ...rings.flat(),
    ...lines.flat(),
    ...points,
  ]);
  if (ofFeatures !== null) return ofFeatures;
  const ofRasters: Bounds[] = [];
  for (const one of found) {
    if (one.layer.kind !== 'raster') continue;
    const bounds = await rasterBounds(one.path).catch(noteOf(one, notes));
    if (bounds !== null) ofRasters.push(bounds);
  }
  return ofRasters.length === 0
    ? null
    : {
        west: Math.min(...ofRasters.map(({ west }) => west)),
        south: Math.min(...ofRasters.map(({ south }) => south)),
        east: Math.max(...ofRasters.map(({ east }) => east)),
        north: Math.max(...ofRasters.map(({ north }) => north)),
      };
}

function noteOf({ layer, path }: Found, notes: string[]): (error: unknown) => null {
  return (error) => {
    const why = toErrorRecord(error).message.replaceAll(path, layer.artifact);
    const note = `${layer.title} is not drawn: ${shorten(why, 200)}`;
    if (!notes.includes(note)) notes.push(note);
    return null;
  };
}

function readLayer(
  layer: ReportLayer,
  path: string,
  projection: Projection,
  budget: number,
): Promise<DrawnLayer> {
  return layer.kind === 'features'
    ? readFeatureLayer(layer, path, projection, budget)
    : readRasterLayer(layer, path, projection, budget);
}

function drawLayer(drawn: DrawnLayer, index: number, { width }: Projection): Html {
  const hidden = drawn.layer.shown === false && html` style="display:none"`;
  if (!('shapes' in drawn)) return html`<g data-layer="${index}"${hidden}>${drawPicture(drawn)}</g>`;
  const { shapes, points, layer } = drawn;
  const { fill = 0.35, radius = 5 } = layer.paint;
  return html`<g class="drawn" data-layer="${index}"${hidden} style="--fill:${fill}">${shapes.map(
    ({ kind, path, color, width: stroke, text }) =>
      html`<path class="${kind}" d="${path}" color="${color}" stroke-width="${at(stroke)}">${text !== '' && html`<title>${text}</title>`}</path>`,
  )}${points.map(
    ({ x, y, color, text }) =>
      html`<g transform="translate(${at(x)} ${at(y)})"><circle class="spot" r="${at((radius * width) / 1000)}" color="${color}">${text !== '' && html`<title>${text}</title>`}</circle></g>`,
  )}</g>`;
}

function drawPicture({ picture, box, layer }: RasterLayer): Html | null {
  if (picture === undefined) return null;
  const { opacity = 1, paint } = layer;
  return html`<image class="${paint.by === 'class' ? 'sharp' : 'smooth'}" x="${at(box.x)}" y="${at(box.y)}" width="${at(box.width)}" height="${at(box.height)}" preserveAspectRatio="none" opacity="${opacity}" href="${picture}"/>`;
}

/** A layer of pixels on a section's map: a GeoTIFF artifact as a picture in the map's projection. */
import type { ReportRasterLayer } from '../../core/report-section.js';
import { openRaster, type Raster } from '../../raster/raster.js';
import { encodePicture } from './picture.js';
import type { Bounds, Projection } from './projection.js';
import { type ValueRange, valueRange } from './value-range.js';

export interface RasterLayer {
  layer: ReportRasterLayer;
  /** `data:` address of a PNG; undefined when no pixel lies on the map. */
  picture: string | undefined;
  /** Drawing units. */
  box: Box;
  /** Of a ramp. */
  range: ValueRange | undefined;
  /** Values in the picture, of classes. */
  seen: ReadonlySet<number>;
}

type Drawn = Pick<RasterLayer, 'picture' | 'range' | 'seen'>;

const NOTHING: Drawn = { picture: undefined, range: undefined, seen: new Set() };

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Pixels across the whole map at most. */
const MAX_SIZE = 1600;
/** A picture that outgrew the budget is made again so much smaller than it would just hold it, so many times. */
const SHRINK = 0.9;
const TRIES = 4;

/** Where the raster lies. @throws {InputError} as openRaster does */
export async function rasterBounds(file: string): Promise<Bounds> {
  const raster = await openRaster(file);
  await raster.close();
  const [west, south, east, north] = raster.bounds;
  return { west, south, east, north };
}

/** @throws {InputError} as openRaster and reading a window do */
export async function readRasterLayer(
  layer: ReportRasterLayer,
  file: string,
  projection: Projection,
  budget: number,
): Promise<RasterLayer> {
  const raster = await openRaster(file);
  try {
    const box = boxOf(raster, projection);
    if (box.width <= 0 || box.height <= 0) return { layer, box, ...NOTHING };
    return { layer, box, ...(await pictureOf(raster, layer, { box, projection, budget })) };
  } finally {
    await raster.close();
  }
}

function boxOf({ bounds: [west, south, east, north] }: Raster, projection: Projection): Box {
  const left = Math.max(0, projection.x(west));
  const right = Math.min(projection.width, projection.x(east));
  const top = Math.max(0, projection.y(north));
  const bottom = Math.min(projection.height, projection.y(south));
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** The finest picture that holds the budget, as far as a few tries find it; no finer than the raster. */
async function pictureOf(
  raster: Raster,
  { paint, band = 0 }: ReportRasterLayer,
  { box, projection, budget }: { box: Box; projection: Projection; budget: number },
): Promise<Drawn> {
  const { readPreview } = await import('../../raster/preview.js');
  let pixelsPerUnit = Math.min(
    MAX_SIZE / projection.width,
    pixelsAcross(raster, projection, box) / box.width,
  );
  let drawn = NOTHING;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const width = Math.max(1, Math.ceil(box.width * pixelsPerUnit));
    const height = Math.max(1, Math.ceil(box.height * pixelsPerUnit));
    const toLonLat = (x: number, y: number) => ({
      lon: projection.longitude(box.x + (x * box.width) / width),
      lat: projection.latitude(box.y + (y * box.height) / height),
    });
    const values = await readPreview(raster, { width, height, toLonLat }, band);
    const range = paint.by === 'ramp' ? valueRange(paint, values) : undefined;
    const stepM = (projection.metresPerUnit * box.width) / width;
    const png = await encodePicture({ width, height, values, stepM }, paint, range);
    const picture = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
    drawn = { picture, range, seen: new Set(paint.by === 'class' ? values : []) };
    if (picture.length <= budget) break;
    pixelsPerUnit *= SHRINK * Math.sqrt(budget / picture.length);
  }
  return drawn;
}

/** Pixels of the raster along the top of the box. */
function pixelsAcross(raster: Raster, projection: Projection, box: Box): number {
  const at = (x: number, y: number) =>
    raster.grid.toPixel({ lon: projection.longitude(x), lat: projection.latitude(y) });
  const middle = box.y + box.height / 2;
  const from = at(box.x, middle);
  const to = at(box.x + box.width, middle);
  return Math.max(1, Math.hypot(to.column - from.column, to.row - from.row));
}

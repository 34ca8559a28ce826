/** Which classes of the land-use rasters are water, and whether a raster has such classes at all. */
import { InputError } from '../../core/error.js';
import type { DataSource } from '../../core/task.js';
import type { Raster } from '../../raster/raster.js';

/** LULC v3: water in kharif; in kharif and rabi; in kharif, rabi and zaid. */
const LULC_V3_WATER = [2, 3, 4];
const LULC_V3_LAST_CLASS = 12;
const SAMPLED_PER_SIDE = 3;
const SHOWN_VALUES = 5;

export interface WaterClasses {
  water: number[];
  /** No scheme was configured: LULC v3 is assumed, and its classes are checked. */
  assumed: boolean;
}

/** @throws {InputError} CONFIG_CLASSES_INVALID when the setting is not a list of whole numbers */
export function waterClasses({ settings, origin }: DataSource): WaterClasses {
  const classes = settings.classes;
  if (classes === undefined) return { water: LULC_V3_WATER, assumed: true };
  const water = (classes as { water?: unknown } | null)?.water;
  if (Array.isArray(water) && water.length > 0 && water.every(Number.isInteger))
    return { water, assumed: false };
  throw new InputError(
    `classes.water of ${origin} must be a list of whole numbers, found ${JSON.stringify(water) ?? 'nothing'}`,
    { code: 'CONFIG_CLASSES_INVALID', hint: "data: { lulc: { files: '…', classes: { water: [2, 3, 4] } } }" },
  );
}

/**
 * Looks at blocks spread over the raster: classes are whole numbers, and with the assumed scheme 0 to 12.
 * @throws {InputError} RASTER_CLASS_SCHEME naming the values found
 */
export async function checkClassScheme(raster: Raster, { assumed }: WaterClasses): Promise<void> {
  const odd = new Set<number>();
  for (const [column, row] of spreadTiles(raster)) {
    const { samples, width, height } = await raster.readTile(column, row);
    const columns = Math.min(width, raster.width - column * raster.tileWidth);
    for (let i = 0; i < width * height && odd.size < SHOWN_VALUES; i++) {
      const value = samples[i]!;
      const fits = Number.isInteger(value) && (!assumed || (value >= 0 && value <= LULC_V3_LAST_CLASS));
      if (!fits && i % width < columns && !raster.isNodata(value)) odd.add(value);
    }
  }
  if (odd.size === 0) return;
  const found = [...odd].sort((a, b) => a - b);
  const expected = assumed ? 'whole numbers from 0 to 12 (LULC v3)' : 'whole numbers';
  throw new InputError(
    `${raster.path} has other classes than expected: found ${found.join(', ')}; expected ${expected}`,
    {
      code: 'RASTER_CLASS_SCHEME',
      hint: assumed
        ? "say which of its classes are water (data.lulc.classes.water): data: { lulc: { files: '…', classes: { water: [1] } } }"
        : 'give a raster of classes, not of measurements, as data.lulc',
      details: { path: raster.path, found },
    },
  );
}

/** At most 3 x 3 tiles: the corners, the middles of the sides, the centre. */
function spreadTiles({ width, height, tileWidth, tileHeight }: Raster): [number, number][] {
  const columns = spread(Math.ceil(width / tileWidth));
  return spread(Math.ceil(height / tileHeight)).flatMap((row) =>
    columns.map((column): [number, number] => [column, row]),
  );
}

function spread(count: number): number[] {
  const steps = SAMPLED_PER_SIDE - 1;
  return [
    ...new Set(Array.from({ length: SAMPLED_PER_SIDE }, (_, i) => Math.floor(((count - 1) * i) / steps))),
  ];
}

/** Samples as a picture: a PNG of at most 256 colours, see-through where there is no value. */
import type { RasterPaint } from '../../core/report-section.js';
import { type Rgb, rampColor, rgbOf } from './ramps.js';
import type { ValueRange } from './value-range.js';

const CLEAR: readonly number[] = [0, 0, 0, 0];
const RAMP_COLORS = 240;
/** With light, colours times lights stay below 256. */
const TINTS = 21;
const LIGHTS = 12;
const SUN = { azimuth: (315 * Math.PI) / 180, altitude: (45 * Math.PI) / 180 };
/** Heights count more than they are, so that flat land has a relief too. */
const EXAGGERATION = 2;

export interface Samples {
  width: number;
  height: number;
  /** Row by row; NaN is nothing. */
  values: Float64Array;
  /** Metres on the ground from one to the next. */
  stepM: number;
}

/** `range` is that of a ramp; it is not needed for classes. */
export async function encodePicture(
  samples: Samples,
  paint: RasterPaint,
  range: ValueRange | undefined,
): Promise<Uint8Array> {
  const { encode } = await import('fast-png');
  const { palette, data } = indexed(samples, paint, range);
  return encode(
    { width: samples.width, height: samples.height, data, depth: 8, channels: 1, palette },
    { zlib: { level: 6 } },
  );
}

interface Indexed {
  palette: number[][];
  data: Uint8Array;
}

function indexed(samples: Samples, paint: RasterPaint, range: ValueRange | undefined): Indexed {
  if (paint.by === 'class') return byClass(samples, paint.classes);
  const shareOf = range?.shareOf ?? (() => 0.5);
  if (paint.shade === true) return byRampInLight(samples, (share) => rampColor(paint.ramp, share), shareOf);
  const colors = Array.from({ length: RAMP_COLORS }, (_, index) =>
    opaque(rampColor(paint.ramp, index / (RAMP_COLORS - 1))),
  );
  const data = Uint8Array.from(samples.values, (value) =>
    Number.isNaN(value) ? 0 : 1 + Math.round(shareOf(value) * (RAMP_COLORS - 1)),
  );
  return { palette: [[...CLEAR], ...colors], data };
}

function byClass(
  { values }: Samples,
  classes: readonly { value: string | number; color: string }[],
): Indexed {
  const indices = new Map(classes.slice(0, 255).map(({ value }, index) => [Number(value), index + 1]));
  return {
    palette: [[...CLEAR], ...classes.slice(0, 255).map(({ color }) => opaque(rgbOf(color)))],
    data: Uint8Array.from(values, (value) => indices.get(value) ?? 0),
  };
}

function byRampInLight(
  samples: Samples,
  colorAt: (share: number) => Rgb,
  shareOf: (value: number) => number,
): Indexed {
  const palette: number[][] = [[...CLEAR]];
  for (let tint = 0; tint < TINTS; tint++) {
    const color = colorAt(tint / (TINTS - 1));
    for (let light = 0; light < LIGHTS; light++) palette.push(opaque(lit(color, light / (LIGHTS - 1))));
  }
  const lights = hillshade(samples);
  const data = Uint8Array.from(samples.values, (value, at) =>
    Number.isNaN(value)
      ? 0
      : 1 + Math.round(shareOf(value) * (TINTS - 1)) * LIGHTS + Math.round(lights[at]! * (LIGHTS - 1)),
  );
  return { palette, data };
}

/** Darker than flat land below 0.7, lighter above. */
function lit(color: Rgb, light: number): Rgb {
  const shade = (band: 0 | 1 | 2) =>
    light < 0.7
      ? Math.round(color[band] * (0.45 + (0.55 * light) / 0.7))
      : Math.round(color[band] + (255 - color[band]) * 0.5 * ((light - 0.7) / 0.3));
  return [shade(0), shade(1), shade(2)];
}

/** 0 to 1; Horn 1981, Hill shading and the reflectance map, Proceedings of the IEEE 69:14-47. Beside nothing land is flat. */
function hillshade({ width, height, values, stepM }: Samples): Float64Array {
  const lights = new Float64Array(values.length);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const z = values[at]!;
      const near = (dx: number, dy: number) => {
        const [column, row] = [x + dx, y + dy];
        if (column < 0 || row < 0 || column >= width || row >= height) return z;
        const value = values[row * width + column]!;
        return Number.isNaN(value) ? z : value;
      };
      const [nw, n, ne] = [near(-1, -1), near(0, -1), near(1, -1)];
      const [w, e] = [near(-1, 0), near(1, 0)];
      const [sw, s, se] = [near(-1, 1), near(0, 1), near(1, 1)];
      const east = ((ne + 2 * e + se - nw - 2 * w - sw) / (8 * stepM)) * EXAGGERATION;
      const south = ((sw + 2 * s + se - nw - 2 * n - ne) / (8 * stepM)) * EXAGGERATION;
      const towardsSun = -east * Math.sin(SUN.azimuth) + south * Math.cos(SUN.azimuth);
      const light = Math.sin(SUN.altitude) + towardsSun * Math.cos(SUN.altitude);
      lights[at] = Math.min(1, Math.max(0, light / Math.sqrt(1 + east * east + south * south)));
    }
  }
  return lights;
}

function opaque(color: Rgb): number[] {
  return [...color, 255];
}

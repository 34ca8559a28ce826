/** Which values of a raster mean "nothing was measured here". */

export type SampleType = 'uint8' | 'uint16' | 'uint32' | 'int8' | 'int16' | 'int32' | 'float32' | 'float64';

export type Samples =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** The value of GDAL's nodata tag (text, often with a trailing NUL); undefined when absent or not a number. */
export function parseNodata(tag: unknown): number | undefined {
  if (typeof tag !== 'string') return undefined;
  const text = tag.replace(/\0/g, '').trim().toLowerCase();
  if (text === '' || text === 'none') return undefined;
  if (/^[+-]?(nan|1\.#(qnan|snan|ind))/.test(text)) return Number.NaN;
  const infinite = /^([+-]?)inf/.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}

/**
 * A test for nodata samples of a type: the declared value as that type stores it (so -3.4e38 finds its float32
 * rounding), and NaN always.
 */
export function nodataTest(nodata: number | undefined, type: SampleType): (value: number) => boolean {
  const isFloat = type.startsWith('float');
  if (nodata === undefined || Number.isNaN(nodata)) return isFloat ? Number.isNaN : () => false;
  if (!isFloat) return (value) => value === nodata;
  const stored = type === 'float64' ? nodata : Math.fround(nodata);
  return (value) => value === stored || Number.isNaN(value);
}

/** The value as samples of a type hold it: out of an integer's range, its nearest end; NaN as 0. */
export function storedNodata(nodata: number, type: SampleType): number {
  if (type.startsWith('float')) return nodata;
  const bits = Number(type.replace(/\D/g, ''));
  const lowest = type.startsWith('u') ? 0 : -(2 ** (bits - 1));
  const highest = lowest + 2 ** bits - 1;
  return Number.isNaN(nodata) ? 0 : Math.min(highest, Math.max(lowest, Math.round(nodata)));
}

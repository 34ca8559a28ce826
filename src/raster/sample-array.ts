/** Typed arrays of samples. */
import type { Samples, SampleType } from './nodata.js';

const SAMPLE_ARRAYS = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

export function isSampleType(type: string): type is SampleType {
  return Object.hasOwn(SAMPLE_ARRAYS, type);
}

/** Zeros of a type. */
export function sampleArray(type: SampleType, length: number): Samples {
  return new SAMPLE_ARRAYS[type](length);
}

/** Bytes in this machine's order as the samples that they are; shares their memory where it is aligned. */
export function samplesIn(bytes: Uint8Array, type: SampleType, length: number): Samples {
  const array = SAMPLE_ARRAYS[type];
  const aligned = bytes.byteOffset % array.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice();
  return new array(aligned.buffer as ArrayBuffer, aligned.byteOffset, length);
}

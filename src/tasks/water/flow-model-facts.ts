/** What a flow model's folder holds. */
import { access } from 'node:fs/promises';

export interface FlowModelFacts {
  width: number;
  height: number;
  /** Cells of the DEM that have a value. */
  cells: number;
  method: 'fill' | 'breach';
  thresholdCells: number;
  breachCells?: number;
  breachDepth?: number;
}

export const FLOW_MODEL_FILES = {
  facts: 'model.json',
  directions: 'directions.tif',
  accumulation: 'accumulation.tif',
  streamOrder: 'stream-order.tif',
  streams: 'streams.jsonl',
} as const;

/** ESRI's code of each direction (1 to 8); 0 stays. */
const ESRI_CODES = [0, 1, 2, 4, 8, 16, 32, 64, 128];
const NODATA = 255;
const DIRECTION = 15;

/** ESRI's codes by the codes of a DEM, also of one whose upstream cells are being counted in the upper halves. */
export const TO_ESRI: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) =>
  code === NODATA ? NODATA : (ESRI_CODES[code & DIRECTION] ?? 0),
);

/** Directions (1 to 8, 0, 255) by ESRI's codes. */
export const FROM_ESRI: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) =>
  code === 0 || code === NODATA ? code : 1 + Math.log2(code),
);

export function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

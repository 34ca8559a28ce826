/** A block of a raster of small counts, most of them 0: only the others are kept, row by row. */

export interface MaskBlock {
  /** Where each row begins in `columns` and `values`; one more entry than rows. */
  rowStarts: Uint32Array;
  /** Within the block, ascending in each row. */
  columns: Uint16Array | Uint32Array;
  /** 1 to 255. */
  values: Uint8Array;
}

/** Widest block whose columns fit 16 bits. */
const UINT16_COLUMNS = 65_536;

/** Packs `counts` (rows x columns, row by row): 3 bytes a pixel that is not 0, instead of 1 for every pixel. */
export function packMaskBlock(counts: Uint8Array, width: number): MaskBlock {
  const height = counts.length / width;
  const rowStarts = new Uint32Array(height + 1);
  let total = 0;
  for (let row = 0; row < height; row++) {
    for (let i = row * width; i < (row + 1) * width; i++) if (counts[i] !== 0) total++;
    rowStarts[row + 1] = total;
  }
  const columns = width <= UINT16_COLUMNS ? new Uint16Array(total) : new Uint32Array(total);
  const values = new Uint8Array(total);
  for (let row = 0, at = 0; row < height; row++) {
    if (rowStarts[row] === rowStarts[row + 1]) continue;
    for (let column = 0; column < width; column++) {
      const count = counts[row * width + column]!;
      if (count === 0) continue;
      columns[at] = column;
      values[at++] = count;
    }
  }
  return { rowStarts, columns, values };
}

/** The value at a place of the block. */
export function maskValueAt({ rowStarts, columns, values }: MaskBlock, column: number, row: number): number {
  const at = columns.subarray(rowStarts[row], rowStarts[row + 1]).indexOf(column);
  return at === -1 ? 0 : values[rowStarts[row]! + at]!;
}

/** Memory that the block takes. */
export function maskBlockBytes({ rowStarts, columns, values }: MaskBlock): number {
  return rowStarts.byteLength + columns.byteLength + values.byteLength;
}

/** Plain tables: aligned columns, no lines, as wide as their content; wide characters count as two. */
import { printable } from './printable.js';
import { columnsOf } from './text-width.js';

export interface TableColumn<T> {
  head: string;
  value: (row: T) => string;
  /** Numbers stand at the right. */
  right?: boolean;
}

export function table<T>(rows: readonly T[], columns: readonly TableColumn<T>[]): string {
  const cells = [
    columns.map(({ head }) => head),
    ...rows.map((row) => columns.map(({ value }) => printable(value(row)))),
  ];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => columnsOf(line[index]!))));
  return cells
    .map((line) =>
      line
        .map((cell, index) => {
          const space = ' '.repeat(widths[index]! - columnsOf(cell));
          return columns[index]!.right === true ? space + cell : cell + space;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

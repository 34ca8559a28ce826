/** Plain tables: aligned columns, no lines, as wide as their content; wide characters count as two. */
import stringWidth from 'string-width';

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
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => stringWidth(line[index]!))));
  return cells
    .map((line) =>
      line
        .map((cell, index) => {
          const space = ' '.repeat(widths[index]! - stringWidth(cell));
          return columns[index]!.right === true ? space + cell : cell + space;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Cells come from files: control characters must not reach the terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}

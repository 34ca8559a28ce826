/** The names under which a row keeps its cells. */
import type { Column } from './row.js';

/** One name a column, in column order: headers as written; a repeated one gets ` (2)`, a column without one its letter. */
export function cellKeys(columns: readonly Column[]): string[] {
  const used = new Set<string>();
  return columns.map((column) => {
    const name = column.header.trim() === '' ? column.letter : column.header;
    let key = name;
    for (let count = 2; used.has(key); count++) key = `${name} (${count})`;
    used.add(key);
    return key;
  });
}

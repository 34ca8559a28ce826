/** The line of a key in YAML text, found by indentation. Keys inside `{ … }` and under list items are not found. */

const KEY_LINE = /^( *)(?:"([^"]+)"|'([^']+)'|([^\s"'#\-[{][^:#]*?))\s*:(?:\s|$)/;

/** 1-based line by key path. */
export function yamlLines(text: string): Map<string, number> {
  const lines = new Map<string, number>();
  const open: { indent: number; key: string }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const match = KEY_LINE.exec(line);
    if (match === null) continue;
    const indent = (match[1] as string).length;
    while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
    const name = match[2] ?? match[3] ?? (match[4] as string);
    const parent = open.at(-1)?.key;
    const key = parent === undefined ? name : `${parent}.${name}`;
    open.push({ indent, key });
    if (!lines.has(key)) lines.set(key, index + 1);
  }
  return lines;
}

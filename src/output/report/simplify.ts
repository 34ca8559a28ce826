/** Douglas-Peucker: fewer vertices, none further than `tolerance` from the line they are left out of. */

export type Position = readonly [x: number, y: number];

export function simplifyLine(line: readonly Position[], tolerance: number): Position[] {
  if (line.length <= 2) return [...line];
  const kept = new Uint8Array(line.length);
  kept[0] = 1;
  kept[line.length - 1] = 1;
  const open: [number, number][] = [[0, line.length - 1]];
  for (let span = open.pop(); span !== undefined; span = open.pop()) {
    const [from, to] = span;
    let furthest = -1;
    let distance = tolerance * tolerance;
    for (let i = from + 1; i < to; i++) {
      const found = squaredDistance(line[i]!, line[from]!, line[to]!);
      if (found > distance) {
        distance = found;
        furthest = i;
      }
    }
    if (furthest === -1) continue;
    kept[furthest] = 1;
    open.push([from, furthest], [furthest, to]);
  }
  return line.filter((_, index) => kept[index] === 1);
}

/** From `point` to the segment from `a` to `b`. */
function squaredDistance(point: Position, a: Position, b: Position): number {
  const dx = b[0] - a[0];
  const dy = b[1] - a[1];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length;
  const t = Math.min(1, Math.max(0, along));
  return (point[0] - a[0] - t * dx) ** 2 + (point[1] - a[1] - t * dy) ** 2;
}

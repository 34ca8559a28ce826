/** Outlines of a mask along the edges of its cells: rings that do not touch themselves. */

/** Parts of rings of [x, y] corners, closed, outer ones counter-clockwise in a world whose rows run south, then holes. */
export function traceOutlines(mask, width, height) {
  const from = edgesOf(mask, width, height);
  const rings = [];
  for (const [key, ends] of from) while (ends.length > 0) rings.push(withoutStraights(walk(from, key)));
  const outer = rings.filter((ring) => signedArea(ring) > 0).sort((a, b) => signedArea(b) - signedArea(a));
  const parts = outer.map((ring) => [ring]);
  for (const hole of rings.filter((ring) => signedArea(ring) < 0)) {
    const holder = parts.filter(([ring]) => contains(ring, insideOf(hole))).at(-1);
    holder?.push(hole);
  }
  return parts;
}

/** Square cells; above 0 when counter-clockwise with the north up. */
function signedArea(ring) {
  let sum = 0;
  for (let i = 0; i + 1 < ring.length; i++) sum += ring[i + 1][0] * ring[i][1] - ring[i][0] * ring[i + 1][1];
  return sum / 2;
}

/** Even-odd rule; points on the edge may fall on either side. */
function contains(ring, [x, y]) {
  let inside = false;
  for (let i = 0; i + 1 < ring.length; i++) {
    const [[ax, ay], [bx, by]] = [ring[i], ring[i + 1]];
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
  }
  return inside;
}

/** Edges between what is in the mask and what is not, the mask on their left, by the corner they begin at. */
function edgesOf(mask, width, height) {
  const from = new Map();
  const edge = (x1, y1, x2, y2) => {
    const key = y1 * (width + 1) + x1;
    const ends = from.get(key);
    if (ends === undefined) from.set(key, [[x2, y2, x1, y1]]);
    else ends.push([x2, y2, x1, y1]);
  };
  const has = (x, y) => x >= 0 && y >= 0 && x < width && y < height && mask[y * width + x] === 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!has(x, y)) continue;
      if (!has(x, y - 1)) edge(x + 1, y, x, y);
      if (!has(x - 1, y)) edge(x, y, x, y + 1);
      if (!has(x, y + 1)) edge(x, y + 1, x + 1, y + 1);
      if (!has(x + 1, y)) edge(x + 1, y + 1, x + 1, y);
    }
  }
  from.width = width;
  return from;
}

/** Where two edges begin at a corner, the one to the left stays with the same cell. */
function walk(from, start) {
  let [x, y, fromX, fromY] = from.get(start).pop();
  const ring = [
    [fromX, fromY],
    [x, y],
  ];
  for (;;) {
    const key = y * (from.width + 1) + x;
    const ends = from.get(key) ?? [];
    const [dx, dy] = [x - fromX, y - fromY];
    const left = ends.findIndex(([nextX, nextY]) => nextX - x === dy && nextY - y === -dx);
    if (ends.length === 0 || (key === start && left < 0)) return ring;
    const [next] = ends.splice(Math.max(0, left), 1);
    [fromX, fromY] = [x, y];
    [x, y] = next;
    ring.push([x, y]);
  }
}

function withoutStraights(ring) {
  const points = ring.slice(0, -1);
  const corners = points.filter(([x, y], i) => {
    const [px, py] = points.at(i - 1);
    const [nx, ny] = points[(i + 1) % points.length];
    return (x - px) * (ny - y) !== (y - py) * (nx - x);
  });
  return [...corners, corners[0]];
}

/** The middle of a cell that lies in a hole, beside its first corner. */
function insideOf(hole) {
  const [x, y] = hole[0];
  for (const [dx, dy] of [
    [0.5, 0.5],
    [-0.5, 0.5],
    [0.5, -0.5],
    [-0.5, -0.5],
  ])
    if (contains(hole, [x + dx, y + dy])) return [x + dx, y + dy];
  return [x, y];
}

/** Micro-watersheds: the drained land cut where enough of it has come together, as polygons along cell edges. */
import { hash } from '../../desilting/generate/random.mjs';
import { featureCollection, HEIGHTS, round, toPositions } from './grid.mjs';
import { traceOutlines } from './outlines.mjs';

const { width: WIDTH, height: HEIGHT, stepX: CELL_M } = HEIGHTS;
const WANTED_CELLS = 7600;
const LEAST_CELLS = 3000;

/** Units as `{ uid, cells, parts }` and `unitOf` each cell (-1 = none). */
export function makeWatersheds({ heights, flow, downwards, seed }) {
  const unitOf = firstUnits(flow, downwards);
  mergeSmall(unitOf);
  const kept = [...new Set(unitOf)].filter((unit) => unit >= 0).sort((a, b) => a - b);
  let number = 415_300;
  const units = kept.map((unit) => {
    number += 1 + Math.floor(hash(unit, 7, seed) * 9);
    const mask = unitOf.map((value, at) => (value === unit && !Number.isNaN(heights[at]) ? 1 : 0));
    const cells = mask.reduce((sum, value) => sum + value, 0);
    return { uid: `14_${number}`, unit, cells, parts: traceOutlines(mask, WIDTH, HEIGHT) };
  });
  return { units, unitOf };
}

export function watershedsGeojson(units) {
  const features = units.map(({ uid, cells, parts }) => {
    const coordinates = parts.map((rings) =>
      rings.map((ring) => toPositions(ring.map(([x, y]) => [x * CELL_M, y * CELL_M]))),
    );
    return {
      type: 'Feature',
      properties: { uid, area_in_ha: round((cells * CELL_M * CELL_M) / 10_000, 2) },
      geometry:
        coordinates.length === 1
          ? { type: 'Polygon', coordinates: coordinates[0] }
          : { type: 'MultiPolygon', coordinates },
    };
  });
  return featureCollection('mws', features);
}

/** Downstream, a unit ends at each cell through which enough land drains that is not of a unit yet. */
function firstUnits({ receiver, order }, downwards) {
  const open = new Float64Array(receiver.length);
  const unitOf = new Int32Array(receiver.length).fill(-1);
  for (const at of downwards) {
    open[at] += 1;
    const next = receiver[at];
    if (next < 0 || open[at] >= WANTED_CELLS) unitOf[at] = at;
    else open[next] += open[at];
  }
  for (const at of order) if (unitOf[at] < 0) unitOf[at] = unitOf[receiver[at]];
  return unitOf;
}

/** Units that are too small go to the neighbour they share most of their border with. */
function mergeSmall(unitOf) {
  for (;;) {
    const sizes = new Map();
    for (const unit of unitOf) if (unit >= 0) sizes.set(unit, (sizes.get(unit) ?? 0) + 1);
    const [smallest] = [...sizes].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
    if (smallest === undefined || smallest[1] >= LEAST_CELLS || sizes.size === 1) return;
    const [unit] = smallest;
    const into = closestNeighbour(unitOf, unit);
    for (let at = 0; at < unitOf.length; at++) if (unitOf[at] === unit) unitOf[at] = into;
  }
}

function closestNeighbour(unitOf, unit) {
  const shared = new Map();
  for (let at = 0; at < unitOf.length; at++) {
    if (unitOf[at] !== unit) continue;
    for (const next of [
      at - WIDTH,
      at + WIDTH,
      at % WIDTH > 0 ? at - 1 : -1,
      (at + 1) % WIDTH > 0 ? at + 1 : -1,
    ]) {
      const other = unitOf[next] ?? -1;
      if (other >= 0 && other !== unit) shared.set(other, (shared.get(other) ?? 0) + 1);
    }
  }
  const [most] = [...shared].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return most === undefined ? -1 : most[0];
}

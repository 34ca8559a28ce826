/** Water bodies as polygons along pixel edges, with the properties of the CoRE Stack's surface water layer. */
import { GRID } from './grid.mjs';
import { featureCollection, signedArea, toPosition } from './watersheds.mjs';
import { CLASS, isWater, YEARS } from './years.mjs';

/** Water in this many years makes a water body; one year more than the task asks, so shores differ a little. */
const MIN_YEARS = 3;
const MIN_PIXELS = 4;

/** Bodies as `{ pixels, rings }`: rings in pixels, closed, the outer one first. */
export function findWaterbodies(waterYears) {
  const mask = mendDiagonals(waterYears.map((years) => (years >= MIN_YEARS ? 1 : 0)));
  return label(mask)
    .filter((pixels) => pixels.length >= MIN_PIXELS)
    .map((pixels) => ({ pixels, rings: outline(pixels) }));
}

export function waterbodiesGeojson(bodies, rasters, watersheds) {
  const features = bodies.map(({ pixels, rings }, index) => {
    const mws = watersheds
      .filter(({ ring }) => rings[0].some((point) => contains(ring, point)))
      .map(({ uid }) => uid);
    return {
      type: 'Feature',
      properties: { UID: `${mws.join('_')}_${index}`, MWS_UID: mws.join('_'), ...measures(pixels, rasters) },
      geometry: { type: 'Polygon', coordinates: rings.map((ring) => ring.map(toPosition)) },
    };
  });
  return featureCollection('waterbodies', features);
}

/** Even-odd rule; points on the edge may fall on either side. */
export function contains(ring, [x, y]) {
  let inside = false;
  for (let i = 0; i + 1 < ring.length; i++) {
    const [[ax, ay], [bx, by]] = [ring[i], ring[i + 1]];
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
  }
  return inside;
}

function measures(pixels, rasters) {
  const hectares = (count) => Number((count * 0.01).toFixed(2));
  const percent = (count) => Number(((100 * count) / pixels.length).toFixed(2));
  const squareMetres = pixels.length * 100;
  const measured = {
    area_ored: hectares(pixels.length),
    category_sq_m:
      squareMetres <= 499
        ? '0-500'
        : squareMetres <= 999
          ? '500-1000'
          : squareMetres <= 4999
            ? '1000-5000'
            : '5000 and above',
    waterbody_type: pixels.length > 4000 ? 'river' : 'individual',
  };
  for (const [index, raster] of rasters.entries()) {
    const year = YEARS[index].label.replace(/\d\d(\d\d)_\d\d(\d\d)/, '$1-$2');
    const from = (lowest) => pixels.filter((at) => isWater(raster[at]) && raster[at] >= lowest).length;
    measured[`area_${year}`] = hectares(from(CLASS.kharifWater));
    measured[`k_${year}`] = percent(from(CLASS.kharifWater));
    measured[`kr_${year}`] = percent(from(CLASS.rabiWater));
    measured[`krz_${year}`] = percent(from(CLASS.zaidWater));
  }
  return measured;
}

/** Where two pixels touch at a corner only, a third joins them: then no ring touches itself. */
function mendDiagonals(mask) {
  for (let changed = true; changed; ) {
    changed = false;
    for (let at = 0; at < mask.length - GRID.width - 1; at++) {
      if ((at + 1) % GRID.width === 0) continue;
      const [a, b, c, d] = [mask[at], mask[at + 1], mask[at + GRID.width], mask[at + GRID.width + 1]];
      if (a !== d || b !== c || a === b) continue;
      mask[a === 1 ? at + 1 : at] = 1;
      changed = true;
    }
  }
  return mask;
}

/** Pixels of each patch that hangs together by edges, in the order of their first pixel. */
function label(mask) {
  const patches = [];
  const seen = new Uint8Array(mask.length);
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] === 0 || seen[start] === 1) continue;
    const patch = [start];
    seen[start] = 1;
    for (const at of patch) {
      for (const next of neighbours(at)) {
        if (mask[next] === 1 && seen[next] === 0) {
          seen[next] = 1;
          patch.push(next);
        }
      }
    }
    patches.push(patch);
  }
  return patches;
}

function neighbours(at) {
  const column = at % GRID.width;
  const found = [at - GRID.width, at + GRID.width].filter(
    (next) => next >= 0 && next < GRID.width * GRID.height,
  );
  if (column > 0) found.push(at - 1);
  if (column < GRID.width - 1) found.push(at + 1);
  return found;
}

/** Edges between the patch and what is not, walked with the patch on the left; corners only. */
function outline(pixels) {
  const patch = new Set(pixels);
  const nextOf = new Map();
  const edge = (x1, y1, x2, y2) => nextOf.set(`${x1},${y1}`, [x2, y2]);
  for (const at of [...pixels].sort((a, b) => a - b)) {
    const x = at % GRID.width;
    const y = (at - x) / GRID.width;
    if (y === 0 || !patch.has(at - GRID.width)) edge(x + 1, y, x, y);
    if (x === 0 || !patch.has(at - 1)) edge(x, y, x, y + 1);
    if (!patch.has(at + GRID.width)) edge(x, y + 1, x + 1, y + 1);
    if (x === GRID.width - 1 || !patch.has(at + 1)) edge(x + 1, y + 1, x + 1, y);
  }
  const rings = [];
  while (nextOf.size > 0) rings.push(withoutStraights(walkRing(nextOf)));
  return rings.sort((a, b) => signedArea(b) - signedArea(a));
}

function walkRing(nextOf) {
  const [start] = nextOf.keys();
  const ring = [start.split(',').map(Number)];
  for (let key = start; nextOf.has(key); ) {
    const next = nextOf.get(key);
    nextOf.delete(key);
    ring.push(next);
    key = next.join();
  }
  return ring;
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

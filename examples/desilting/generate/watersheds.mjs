/** Micro-watersheds: cells around strewn points, their straight edges bent by one field of small shifts so that neighbours still fit. */
import { GRID, round, toLonLat } from './grid.mjs';
import { hash, roughNoise } from './random.mjs';

/** Pixels between the points, and how far beyond the rasters the cells reach. */
const SPACING = 235;
const MARGIN = 330;
const STEP = 22;

/** Cells as `{ uid, areaHa, ring }`, rings in pixels, closed, seen from above counter-clockwise in the world. */
export function makeWatersheds(seed) {
  const sites = strewSites(seed);
  let number = 234_600;
  return sites.map((site) => {
    number += 1 + Math.floor(hash(number, 0, seed) * 9);
    const ring = bend(cellOf(site, sites), seed);
    return {
      uid: `12_${number}`,
      areaHa: round((signedArea(ring) * GRID.pixelM * GRID.pixelM) / 10_000, 2),
      ring,
    };
  });
}

export function watershedsGeojson(watersheds) {
  const features = watersheds.map(({ uid, areaHa, ring }) => ({
    type: 'Feature',
    properties: { uid, area_in_ha: areaHa },
    geometry: { type: 'Polygon', coordinates: [ring.map(toPosition)] },
  }));
  return featureCollection('mws', features);
}

/** One feature a line: small, and kind to diff. */
export function featureCollection(name, features) {
  return `{"type":"FeatureCollection","name":"${name}","features":[\n${features.map((feature) => JSON.stringify(feature)).join(',\n')}\n]}\n`;
}

export function toPosition([column, row]) {
  return toLonLat(column, row).map((degrees) => round(degrees, 7));
}

/** Square pixels; above 0 when counter-clockwise with the north up (rows run south). */
export function signedArea(ring) {
  let sum = 0;
  for (let i = 0; i + 1 < ring.length; i++) sum += ring[i + 1][0] * ring[i][1] - ring[i][0] * ring[i + 1][1];
  return sum / 2;
}

function strewSites(seed) {
  const sites = [];
  for (let j = 0, row = -MARGIN; row < GRID.height + MARGIN; j++, row += SPACING * 0.87) {
    for (let i = 0, column = -MARGIN; column < GRID.width + MARGIN; i++, column += SPACING) {
      const shift = (j % 2) * 0.5 + 0.6 * (hash(i, j, seed + 1) - 0.5);
      sites.push([column + shift * SPACING, row + 0.6 * (hash(i, j, seed + 2) - 0.5) * SPACING]);
    }
  }
  return sites;
}

/** The part of the land nearer to `site` than to any other: the frame, cut once for each other site. */
function cellOf(site, sites) {
  const [left, top] = [-MARGIN - 60, -MARGIN - 60];
  const [right, bottom] = [GRID.width + MARGIN + 60, GRID.height + MARGIN + 60];
  let cell = [
    [left, top],
    [left, bottom],
    [right, bottom],
    [right, top],
  ];
  for (const other of sites) {
    if (other === site) continue;
    const nx = other[0] - site[0];
    const ny = other[1] - site[1];
    const limit = (nx * (other[0] + site[0]) + ny * (other[1] + site[1])) / 2;
    cell = cut(cell, ([x, y]) => limit - nx * x - ny * y);
  }
  return [...cell, cell[0]];
}

/** What of a convex polygon lies where `side` is not below 0. */
function cut(polygon, side) {
  return polygon.flatMap((point, index) => {
    const next = polygon[(index + 1) % polygon.length];
    const [a, b] = [side(point), side(next)];
    const kept = a >= 0 ? [point] : [];
    if (a >= 0 === b >= 0) return kept;
    const t = a / (a - b);
    return [...kept, [point[0] + (next[0] - point[0]) * t, point[1] + (next[1] - point[1]) * t]];
  });
}

/** Points along each edge, laid from its smaller end so that both cells get the same ones, then shifted by where they are. */
function bend(ring, seed) {
  const bent = [];
  for (let i = 0; i + 1 < ring.length; i++) {
    const forward = before(ring[i], ring[i + 1]);
    const [from, to] = forward ? [ring[i], ring[i + 1]] : [ring[i + 1], ring[i]];
    const length = Math.sqrt((to[0] - from[0]) ** 2 + (to[1] - from[1]) ** 2);
    if (length < 0.01) continue;
    const pieces = Math.max(1, Math.ceil(length / STEP - 1e-6));
    const points = Array.from({ length: pieces + 1 }, (_, k) => shift(along(from, to, k / pieces), seed));
    bent.push(...(forward ? points : points.reverse()).slice(0, -1));
  }
  return [...bent, bent[0]];
}

function before(a, b) {
  const dx = a[0] - b[0];
  return Math.abs(dx) > 1e-6 ? dx < 0 : a[1] < b[1];
}

function along(from, to, t) {
  return [from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t];
}

function shift([x, y], seed) {
  const east = 46 * (roughNoise(x / 70, y / 70, seed + 3) - 0.5);
  const south = 46 * (roughNoise(x / 70, y / 70, seed + 6) - 0.5);
  return [round(x + east, 4), round(y + south, 4)];
}

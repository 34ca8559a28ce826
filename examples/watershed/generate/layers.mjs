/** Lines and areas of the land: rivers, a canal, villages, the rocks that hold groundwater. */
import { hash } from '../../desilting/generate/random.mjs';
import { featureCollection, LAND, toPositions } from './grid.mjs';
import { middleOf } from './rivers.mjs';

const RIVER_NAMES = ['Shivna', 'Girija', 'Anjani', 'Waghur'];
export const VILLAGE_NAMES = [
  'Pimpalgaon',
  'Wadali',
  'Borsar',
  'Takali',
  'Nimdari',
  'Khultewadi',
  'Salegaon',
  'Deogaon',
];

export function riversGeojson(rivers) {
  const features = rivers.slice(0, RIVER_NAMES.length).map((line, index) => ({
    type: 'Feature',
    properties: { objectid: 8100 + index, rivname: RIVER_NAMES[index], rip_code: `R${301 + index}` },
    geometry: { type: 'LineString', coordinates: toPositions(line) },
  }));
  return featureCollection('rivers', features);
}

/** From the largest tank along its valley's side, as gravity canals run: a cell further down each four. */
export function canalsGeojson({ tanks }) {
  const largest = tanks.reduce((most, tank) => (tank.cells.length > most.cells.length ? tank : most));
  const [x, y] = middleOf(largest.dam);
  const line = Array.from({ length: 26 }, (_, i) => [x - 90 * i, y + 160 + 34 * i + 60 * Math.sin(i / 3)]);
  const inside = line.filter(([east, south]) => east > 60 && south < LAND.heightM - 60);
  return featureCollection('canals', [
    {
      type: 'Feature',
      properties: { canal_code: 'C17', canname: 'Left bank canal' },
      geometry: { type: 'LineString', coordinates: toPositions(inside) },
    },
  ]);
}

/** The land nearer to one village than to any other. */
export function villagesGeojson(villages) {
  const features = villages.map((village, index) => ({
    type: 'Feature',
    properties: { 'Village Na': VILLAGE_NAMES[index], code: 557_000 + 3 * index },
    geometry: { type: 'Polygon', coordinates: [toPositions(nearestTo(village, villages))] },
  }));
  return featureCollection('villages', features);
}

/** Basalt in the north and east, alluvium along the river in the south-west. */
export function aquifersGeojson(seed) {
  const { widthM, heightM } = LAND;
  const border = Array.from({ length: 21 }, (_, i) => [
    (widthM * i) / 20,
    heightM * (0.52 + 0.02 * i) + 500 * (hash(i, 1, seed) - 0.5),
  ]);
  const out = 900;
  const north = [[-out, -out], ...border, [widthM + out, -out]];
  const south = [...border, [widthM + out, heightM + out], [-out, heightM + out]];
  const feature = (name, yieldText, ring) => ({
    type: 'Feature',
    properties: { aquifer: name, yeild__: yieldText },
    geometry: { type: 'Polygon', coordinates: [toPositions(counterClockwise([...ring, ring[0]]))] },
  });
  return featureCollection('aquifers', [
    feature('Basalt', 'Upto 2%', north),
    feature('Alluvium', '6 - 8%', south),
  ]);
}

function nearestTo(site, sites) {
  let cell = [
    [0, 0],
    [0, LAND.heightM],
    [LAND.widthM, LAND.heightM],
    [LAND.widthM, 0],
  ];
  for (const other of sites) {
    if (other === site) continue;
    const [nx, ny] = [other.x - site.x, other.y - site.y];
    const limit = (nx * (other.x + site.x) + ny * (other.y + site.y)) / 2;
    cell = cut(cell, ([x, y]) => limit - nx * x - ny * y);
  }
  return counterClockwise([...cell, cell[0]]);
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

/** In the world, whose north is up while rows run south. */
function counterClockwise(ring) {
  let sum = 0;
  for (let i = 0; i + 1 < ring.length; i++) sum += ring[i + 1][0] * ring[i][1] - ring[i][0] * ring[i + 1][1];
  return sum > 0 ? ring : [...ring].reverse();
}

/** The two sheets: outlets to delineate watersheds from, and places where silt was taken out of tanks. */
import { hash } from '../../desilting/generate/random.mjs';
import { LAND, round, toLonLat } from './grid.mjs';
import { VILLAGE_NAMES } from './layers.mjs';
import { middleOf } from './rivers.mjs';

const TANK_NAMES = [
  'Rampura talav',
  'Mhasoba tank',
  'Patil talav',
  'Bhil tank',
  'Gaimukh tank',
  'Khandoba talav',
  'Wadali tank',
  'Jogeshwari talav',
  'Borsar tank',
  'Deogaon lake',
  'Nimdari tank',
  'Sati talav',
  'Takali tank',
  'Girija lake',
  'Pimpal talav',
];

/** Outlets of six tanks, three places at rivers, and two that lie on no land: beyond the raster, and in its gap. */
export function pointsCsv({ tanks }, rivers) {
  const rows = tanks
    .slice(0, 6)
    .map(({ dam }, index) => [`${TANK_NAMES[index]}, outlet`, ...offset(dam, index)]);
  const [main, second] = rivers;
  rows.push(['Shivna at the bridge', ...beside(along(main, 0.62))]);
  rows.push(['Girija above the confluence', ...place(middleOf(along(second, 0.8)))]);
  rows.push(['Shivna where it leaves the map', ...place(middleOf(along(main, 0.985)))]);
  rows.splice(4, 0, ['Old gauge (other district)', ...place([LAND.widthM + 2300, 4100])]);
  rows.splice(8, 0, ['Weir in the south-west', ...place([240, LAND.heightM - 230])]);
  return csv(['name', 'latitude', 'longitude'], rows);
}

/** A survey of desilted tanks, one place too far from water, and one without a latitude. */
export function desiltingCsv({ tanks, seed }) {
  const header = [
    'Sr No.',
    'Name of NGO',
    'State',
    'District',
    'Taluka',
    'Village',
    'Name of the waterbody',
    'Latitude',
    'Longitude',
    'Silt Excavated as per App',
    'Intervention_year',
  ];
  const rows = tanks
    .slice(0, 12)
    .map(({ dam }, index) => [
      index + 1,
      index % 3 === 0 ? 'Jal Samvardhan Trust' : 'Gram Vikas Mandal',
      'Maharashtra',
      'Made-up',
      index % 2 === 0 ? 'Uttar' : 'Dakshin',
      VILLAGE_NAMES[index % VILLAGE_NAMES.length],
      TANK_NAMES[index],
      ...offset(dam, index + 20),
      Math.round(400 + 5200 * hash(index, 5, seed)),
      2020 + (index % 3),
    ]);
  const rest = ['Gram Vikas Mandal', 'Maharashtra', 'Made-up', 'Uttar', VILLAGE_NAMES[1]];
  rows.push([13, ...rest, 'Dry well at the border', ...place([600, 8390]), 120, 2021]);
  rows.push([14, ...rest, 'Not surveyed yet', '', 75.4312, 640, 2022]);
  return csv(header, rows);
}

/** As surveyed: some metres from the middle of the dam's cell. */
function offset(dam, salt) {
  const [x, y] = middleOf(dam);
  return place([x + 22 * (hash(dam, salt, 3) - 0.5), y + 22 * (hash(dam, salt, 4) - 0.5)]);
}

/** On the bank: two cells from the river's, from where it has to be found. */
function beside(cell) {
  const [x, y] = middleOf(cell);
  return place([x - 46, y + 8]);
}

/** The cell of a river at a share of its length. */
function along(line, share) {
  return line[Math.floor(line.length * share)][3];
}

/** Latitude and longitude. */
function place([east, south]) {
  const [longitude, latitude] = toLonLat(east, south);
  return [round(latitude, 6), round(longitude, 6)];
}

function csv(header, rows) {
  const field = (value) =>
    /[",]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
  return `${[header, ...rows].map((row) => row.map(field).join(',')).join('\n')}\n`;
}

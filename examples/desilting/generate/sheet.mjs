/** The workbook as a field team would send it: a title above the headers, and cells written in every way people write them. */
import ExcelJS from 'exceljs';
import { randomFrom } from './random.mjs';
import { withFixedDates } from './zip.mjs';

/** The eleven headers the upload asks for, one with its trailing space, and three of the team's own. */
const HEADERS = [
  'Sr No.',
  'Name of NGO',
  'State',
  'District',
  'Taluka',
  'Village',
  'Name of the waterbody ',
  'Latitude',
  'Longitude',
  'Silt Excavated as per App',
  'Intervention_year',
  'Survey date',
  'Work done',
  'Remarks',
];
const WIDTHS = [7, 24, 11, 12, 10, 16, 24, 12, 12, 17, 14, 13, 11, 34];
const HEADER_ROW = 3;
/** A row of the sheet that stays blank, as where two lists were pasted together. */
const BLANK_ROW = 24;

const VILLAGES = [
  'Vadpura',
  'Ranasanpura',
  'Kundalvas',
  'Moti Zarda',
  'Navagam',
  'Pipalda',
  'Hathigadh',
  'Chandravas',
  'Lunapur',
];
const TANKS = [
  'Gam Talav',
  'Sim Talav',
  'Moti Talavdi',
  'Navu Talav',
  'Kali Talav',
  'Ramji Talav',
  'Vad Talav',
  'Khari Talavdi',
];
const NGOS = ['Jal Sahyog Trust', 'Gram Vikas Mandali'];
const MADE_ON = new Date(Date.UTC(2025, 4, 26, 6, 30));

/** @returns {Promise<Buffer>} the same bytes each time */
export async function encodeSheet(places, seed) {
  const workbook = new ExcelJS.Workbook();
  Object.assign(workbook, {
    creator: 'Field office (made up)',
    lastModifiedBy: 'Field office (made up)',
    created: MADE_ON,
    modified: MADE_ON,
  });
  writePoints(
    workbook.addWorksheet('Desilting points', { views: [{ state: 'frozen', ySplit: HEADER_ROW }] }),
    places,
    seed,
  );
  writeNotes(workbook.addWorksheet('Notes'));
  return withFixedDates(Buffer.from(await workbook.xlsx.writeBuffer()), MADE_ON);
}

function writePoints(sheet, places, seed) {
  sheet.columns = WIDTHS.map((width) => ({ width }));
  sheet.mergeCells(1, 1, 1, HEADERS.length);
  const title = sheet.getCell('A1');
  title.value = 'Desilting of water bodies 2021-24: points surveyed in Kadi taluka (made-up data)';
  title.font = { bold: true, size: 14 };
  title.alignment = { horizontal: 'center' };
  const header = sheet.getRow(HEADER_ROW);
  header.values = HEADERS;
  header.font = { bold: true };
  header.alignment = { wrapText: true, vertical: 'middle' };
  header.height = 32;
  header.eachCell((cell) => {
    cell.fill = { type: 'pattern', pattern: 'solid', fgColor: { argb: 'FFDCE9D5' } };
    cell.border = { bottom: { style: 'thin', color: { argb: 'FF7F9A6E' } } };
  });
  const random = randomFrom(seed + 30);
  let number = HEADER_ROW;
  for (const [index, place] of places.entries()) {
    number += number + 1 === BLANK_ROW ? 2 : 1;
    writeRow(sheet.getRow(number), index, place, random);
  }
}

function writeRow(row, index, place, random) {
  const silt = 200 + Math.round(random() * 420) * 5;
  const year = 2021 + Math.floor(random() * 3);
  row.values = [
    index + 1,
    NGOS[index % 13 < 9 ? 0 : 1],
    index % 6 === 5 ? 'GUJARAT' : 'Gujarat',
    'Mehsana',
    'Kadi',
    VILLAGES[place.village],
    place.waterbody ?? TANKS[place.tank % TANKS.length],
    place.latitude,
    place.longitude,
    silt,
    year,
    new Date(Date.UTC(2025, 3, 2 + Math.floor(index / 2))),
    Math.min(100, 50 + 5 * Math.round(random() * 11)) / 100,
  ];
  row.getCell(8).numFmt = '0.00000';
  row.getCell(9).numFmt = '0.00000';
  row.getCell(12).numFmt = 'dd-mm-yyyy';
  row.getCell(13).numFmt = '0%';
  AS_PEOPLE_WRITE[index]?.(row, place, { silt, year });
}

/** What is odd about a row, by its place in the list. Each must still be understood. */
const AS_PEOPLE_WRITE = {
  1: (row, { latitude, longitude }) => setText(row, String(latitude), String(longitude)),
  3: (row, { latitude, longitude }) => setText(row, ` ${latitude} `, ` ${longitude} `),
  4: (row) => {
    row.getCell(7).value = 'ગામ તળાવ';
    row.getCell(6).value = 'વડપુરા';
  },
  6: (row, { longitude }) => {
    row.getCell(9).value = String(longitude).replace('.', ',');
  },
  7: (row, _place, { silt }) => {
    row.getCell(10).value = `${silt} cum`;
    row.getCell(11).value = '2022-23';
  },
  9: (row) => {
    row.getCell(7).value = {
      richText: [{ text: 'Moti ' }, { font: { bold: true, color: { argb: 'FFB02418' } }, text: 'Talavdi' }],
    };
    row.getCell(14).value = '- bund washed out at the north end';
  },
  10: (row, { longitude }) => {
    row.getCell(9).value = {
      formula: `72+${Math.round((longitude - 72) * 100_000)}/100000`,
      result: longitude,
    };
  },
  11: (row) => {
    row.getCell(1).value = { formula: 'A14+1', result: 12 };
    row.getCell(13).value = { error: '#N/A' };
  },
  13: (row) => {
    row.getCell(7).value = 'नया तालाब';
    row.getCell(3).value = ' Gujarat';
  },
  14: (row) => {
    row.getCell(2).value = 'Jal  Sahyog Trust ';
    row.getCell(14).value = '=see photo 12';
  },
  16: (row) => {
    row.getCell(14).value = 'GPS did not fix, to be visited again';
  },
  18: (row, { latitude, longitude }) => setText(row, `${latitude}\u00a0`, `\u00a0${longitude}`),
  20: (row, _place, { silt }) => {
    row.getCell(10).value = { formula: `${silt / 5}*5`, result: silt };
  },
  22: (row) => {
    row.getCell(7).value = 'મોટું તળાવ (સીમ)';
  },
  23: (row) => {
    row.getCell(10).value = null;
    row.getCell(12).value = '14/04/2025';
  },
  25: (row, { latitude, longitude }) =>
    setText(row, String(latitude).replace('.', ','), String(longitude).replace('.', ',')),
  27: (row) => {
    row.getCell(13).value = '85%';
    row.getCell(14).value = '+ second tank behind the school not done';
  },
  29: (row) => {
    row.getCell(14).value = 'hill village, walked 2 km from the road';
  },
  31: (row) => {
    row.getCell(11).value = ' 2023 ';
    row.getCell(7).value = 'Vad Talav\n(near temple)';
  },
  34: (row, { latitude, longitude }) => {
    row.getCell(8).value = { richText: [{ text: String(latitude) }] };
    row.getCell(9).value = longitude + 1e-12;
  },
  36: (row) => {
    row.getCell(2).value = null;
    row.getCell(14).value = '@ left bank, below the bridge';
  },
};

function setText(row, latitude, longitude) {
  row.getCell(8).value = latitude;
  row.getCell(9).value = longitude;
}

function writeNotes(sheet) {
  sheet.columns = [{ width: 90 }];
  const lines = [
    'Notes of the field office (made up, like everything in this workbook)',
    'Points were taken with a phone on the bund or at the road nearest to it.',
    'Silt is in cubic metres as the app gives it; blank where the app had no entry.',
    'Rows in the second half were pasted from the other team’s list.',
  ];
  for (const line of lines) sheet.addRow([line]);
  sheet.getCell('A1').font = { bold: true };
}

/** The tags of one image of a GeoTIFF: the raster itself or one of its overviews. */
import type { SampleType } from './nodata.js';
import type { Size } from './overview-stack.js';
import type { TiffEntry } from './tiff-directory.js';

export interface ImageFacts {
  bands: number;
  sampleType: SampleType;
  /** As the samples store it. */
  nodata: number | undefined;
  tileSize: number;
  bandNames: readonly (string | undefined)[];
  scale: number | undefined;
  offset: number | undefined;
  /** What places the raster; overviews go without. */
  place: readonly TiffEntry[];
}

export interface TileTable {
  /** Band by band, row by row. */
  offsets: ArrayLike<number>;
  counts: ArrayLike<number>;
}

const ADOBE_DEFLATE = 8;
const MIN_IS_BLACK = 1;
const REDUCED_RESOLUTION = 1;
const [INTERLEAVED, PLANAR] = [1, 2];
const FORMATS = { uint: 1, int: 2, float: 3 };
const GDAL_METADATA = 42_112;
const GDAL_NODATA = 42_113;

export function imageEntries(
  facts: ImageFacts,
  { size, isOverview, tiles, big }: { size: Size; isOverview: boolean; tiles: TileTable; big: boolean },
): TiffEntry[] {
  const [, kind, bits] = /^(uint|int|float)(\d+)$/.exec(facts.sampleType)! as unknown as [
    string,
    keyof typeof FORMATS,
    string,
  ];
  const everyBand = (value: number) => Array<number>(facts.bands).fill(value);
  return [
    ...(isOverview ? [long(254, REDUCED_RESOLUTION)] : []),
    long(256, size.width),
    long(257, size.height),
    { tag: 258, type: 'short', values: everyBand(Number(bits)) },
    short(259, ADOBE_DEFLATE),
    short(262, MIN_IS_BLACK),
    short(277, facts.bands),
    short(284, facts.bands > 1 ? PLANAR : INTERLEAVED),
    short(317, kind === 'float' ? 3 : 2),
    short(322, facts.tileSize),
    short(323, facts.tileSize),
    { tag: 324, type: big ? 'long8' : 'long', values: tiles.offsets },
    { tag: 325, type: 'long', values: tiles.counts },
    ...(facts.bands > 1 ? [{ tag: 338, type: 'short' as const, values: everyBand(0).slice(1) }] : []),
    { tag: 339, type: 'short', values: everyBand(FORMATS[kind]) },
    ...(isOverview ? [] : [...facts.place, ...metadataEntry(facts)]),
    ...(facts.nodata === undefined
      ? []
      : [{ tag: GDAL_NODATA, type: 'ascii' as const, text: nodataText(facts.nodata) }]),
  ];
}

function short(tag: number, value: number): TiffEntry {
  return { tag, type: 'short', values: [value] };
}

function long(tag: number, value: number): TiffEntry {
  return { tag, type: 'long', values: [value] };
}

function nodataText(nodata: number): string {
  if (Number.isNaN(nodata)) return 'nan';
  return String(nodata).replace('Infinity', 'inf');
}

/** Names and scales of bands, as GDAL keeps them in a GeoTIFF. */
function metadataEntry({ bands, bandNames, scale, offset }: ImageFacts): TiffEntry[] {
  const items = Array.from({ length: bands }, (_, band) =>
    [
      item('DESCRIPTION', band, 'description', bandNames[band]),
      item('SCALE', band, 'scale', scale),
      item('OFFSET', band, 'offset', offset),
    ].join(''),
  ).join('');
  return items === ''
    ? []
    : [{ tag: GDAL_METADATA, type: 'ascii', text: `<GDALMetadata>\n${items}</GDALMetadata>\n` }];
}

/** GDAL escapes the text of an item, and then the whole as XML. */
function item(name: string, band: number, role: string, value: string | number | undefined): string {
  if (value === undefined) return '';
  return `  <Item name="${name}" sample="${band}" role="${role}">${escaped(escaped(String(value)))}</Item>\n`;
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\0/g, '');
}

/** Whether a value is a report section: what a task gave, or what came back from disk. */
import { RAMP_NAMES, type ReportSection } from './report-section.js';

const ID = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const COLOR = /^#[0-9a-f]{6}$/i;
const CHARTS: readonly unknown[] = ['line', 'bar', 'stacked-bar'];

type Fields = Record<string, unknown>;

/** The section as it is. @throws {TypeError} that says where it is wrong, such as `items[2].layers[0].paint.color is "red"; expected …` */
export function checkReportSection(value: unknown): ReportSection {
  const section = fields(value, 'section');
  text(section, 'id', 'section', ID, 'lower-case words joined by "-"');
  text(section, 'title', 'section');
  optional(section, 'text', 'section', isText, 'a text');
  for (const [item, at] of list(section, 'items', 'section')) checkItem(fields(item, at), at);
  return value as ReportSection;
}

function checkItem(item: Fields, at: string): void {
  text(item, 'title', at);
  optional(item, 'note', at, isText, 'a text');
  if (item.kind === 'map')
    for (const [layer, place] of list(item, 'layers', at)) checkLayer(fields(layer, place), place);
  else if (item.kind === 'chart') checkChart(item, at);
  else if (item.kind === 'table') checkTable(item, at);
  else wrong(`${at}.kind`, item.kind, 'map, chart or table');
}

function checkLayer(layer: Fields, at: string): void {
  text(layer, 'title', at);
  text(layer, 'artifact', at);
  optional(layer, 'shown', at, isFlag, 'true or false');
  const paint = fields(layer.paint, `${at}.paint`);
  if (layer.kind === 'features') {
    optional(layer, 'tell', at, isTexts, 'a list of property names');
    optional(layer, 'fit', at, isFlag, 'true or false');
    if (paint.by !== 'one') text(paint, 'property', `${at}.paint`);
    checkStroke(paint, `${at}.paint`);
  } else if (layer.kind === 'raster') {
    optional(
      layer,
      'band',
      at,
      (band) => Number.isInteger(band) && (band as number) >= 0,
      'a number of a band from 0',
    );
    optional(layer, 'opacity', at, isShare, '0 to 1');
    if (paint.by === 'one') wrong(`${at}.paint.by`, paint.by, 'class or ramp');
  } else wrong(`${at}.kind`, layer.kind, 'features or raster');
  checkPaint(paint, `${at}.paint`);
}

function checkPaint(paint: Fields, at: string): void {
  if (paint.by === 'one') text(paint, 'color', at, COLOR, 'a colour #rrggbb');
  else if (paint.by === 'ramp') {
    if (!(RAMP_NAMES as readonly unknown[]).includes(paint.ramp))
      wrong(`${at}.ramp`, paint.ramp, RAMP_NAMES.join(', '));
    optional(paint, 'unit', at, isText, 'a text');
    optional(paint, 'min', at, isNumber, 'a number');
    optional(paint, 'max', at, isNumber, 'a number');
    optional(paint, 'scale', at, (scale) => scale === 'linear' || scale === 'log', 'linear or log');
    optional(paint, 'shade', at, isFlag, 'true or false');
  } else if (paint.by === 'class') {
    for (const [entry, place] of list(paint, 'classes', at)) {
      const one = fields(entry, place);
      if (!isText(one.value) && !isNumber(one.value))
        wrong(`${place}.value`, one.value, 'a text or a number');
      text(one, 'label', place);
      text(one, 'color', place, COLOR, 'a colour #rrggbb');
    }
  } else wrong(`${at}.by`, paint.by, 'one, class or ramp');
}

function checkStroke(paint: Fields, at: string): void {
  const { width } = paint;
  if (width !== undefined && !isNumber(width)) {
    const of = fields(width, `${at}.width`);
    text(of, 'property', `${at}.width`);
    optional(of, 'factor', `${at}.width`, isNumber, 'a number');
  }
  optional(paint, 'fill', at, isShare, '0 to 1');
  optional(paint, 'radius', at, isNumber, 'a number');
}

function checkChart(chart: Fields, at: string): void {
  if (!CHARTS.includes(chart.chart)) wrong(`${at}.chart`, chart.chart, CHARTS.join(', '));
  optional(chart, 'unit', at, isText, 'a text');
  const labels = list(chart, 'x', at);
  for (const [label, place] of labels)
    if (!isText(label) && !isNumber(label)) wrong(place, label, 'a text or a number');
  for (const [entry, place] of list(chart, 'series', at)) {
    const series = fields(entry, place);
    text(series, 'name', place);
    optional(series, 'color', place, (color) => isText(color) && COLOR.test(color), 'a colour #rrggbb');
    const values = list(series, 'values', place);
    if (values.length !== labels.length)
      wrong(`${place}.values`, `${values.length} values`, `${labels.length}, one for each x`);
    for (const [value, where] of values)
      if (value !== null && !isNumber(value)) wrong(where, value, 'a number or null');
  }
}

function checkTable(table: Fields, at: string): void {
  const columns = list(table, 'columns', at);
  for (const [column, place] of columns) if (!isText(column)) wrong(place, column, 'a text');
  for (const [row, place] of list(table, 'rows', at)) {
    if (!Array.isArray(row) || row.length !== columns.length)
      wrong(place, Array.isArray(row) ? `${row.length} cells` : row, `${columns.length} cells`);
    for (const cell of row as unknown[])
      if (cell !== null && !isText(cell) && !isNumber(cell)) wrong(place, cell, 'texts, numbers and nulls');
  }
}

function fields(value: unknown, at: string): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : wrong(at, value, 'an object');
}

function list(from: Fields, name: string, at: string): [value: unknown, at: string][] {
  const value = from[name];
  if (!Array.isArray(value)) return wrong(`${at}.${name}`, value, 'a list');
  return value.map((member, index) => [member, `${at}.${name}[${index}]`]);
}

function text(from: Fields, name: string, at: string, pattern?: RegExp, expected = 'a text'): void {
  const value = from[name];
  if (!isText(value) || (pattern !== undefined && !pattern.test(value)))
    wrong(`${at}.${name}`, value, expected);
}

function optional(
  from: Fields,
  name: string,
  at: string,
  test: (value: unknown) => boolean,
  expected: string,
): void {
  if (from[name] !== undefined && !test(from[name])) wrong(`${at}.${name}`, from[name], expected);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value);
}

function isShare(value: unknown): boolean {
  return isNumber(value) && (value as number) >= 0 && (value as number) <= 1;
}

function isFlag(value: unknown): boolean {
  return typeof value === 'boolean';
}

function wrong(at: string, found: unknown, expected: string): never {
  const shown = JSON.stringify(found)?.slice(0, 80) ?? 'nothing';
  throw new TypeError(`The report section is wrong: ${at} is ${shown}; expected ${expected}.`);
}

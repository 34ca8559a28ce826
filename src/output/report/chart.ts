/** A chart of a report section: lines, bars or stacked bars over named places, as one SVG drawing. */
import type { ReportChart } from '../../core/report-section.js';
import { axisLabels } from './axis-labels.js';
import { type Html, html } from './html.js';
import { at } from './map-parts.js';
import { seriesColor } from './ramps.js';
import { number, roundDown } from './scale.js';

const WIDTH = 1000;
const HEIGHT = 320;
const MARGIN = { left: 78, right: 14, top: 30, bottom: 36 };
const PLOT = { width: WIDTH - MARGIN.left - MARGIN.right, bottom: HEIGHT - MARGIN.bottom };
/** Characters of a unit that have room beside the axis. */
const MAX_UNIT = 7;
/** Of the room between two places, what bars take. */
const BAR_SHARE = 0.74;
/** Between the marks of the upright axis; at most 2.5 times as many, as steps are 1, 2 or 5. */
const LEAST_STEPS = 3.5;
/** Lines of more places than this have no dots. */
const MAX_DOTS = 40;
/** More places than this share a column that tells their values. */
const MAX_COLUMNS = 400;
/** A line whose least value is above this share of its most does not start at 0. */
const FAR_FROM_ZERO = 0.5;

interface Scales {
  /** Middle of a place. */
  x(index: number): number;
  y(value: number): number;
  /** Between two places. */
  step: number;
  zero: number;
}

interface Series {
  name: string;
  values: readonly (number | null)[];
  color: string;
}

export function chartFigure({ chart, title, unit, note, x, series: given }: ReportChart): Html {
  const series = given.map((one, index) => ({ ...one, color: one.color ?? seriesColor(index) }));
  const values = extremes(chart, series, x.length);
  if (values === null || x.length === 0)
    return html`<figure class="chart"><p class="note">There is no value to draw.</p></figure>`;
  const marks = yTicks(values, chart);
  const scales = scalesOf(x.length, marks);
  const draw = { line: lines, bar: bars, 'stacked-bar': stackedBars }[chart];
  return html`<figure class="chart"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
${unit !== undefined && unitText(unit)}
${marks.map((mark) => html`<path class="${mark === 0 ? 'axis' : 'grid'}" d="M${MARGIN.left} ${at(scales.y(mark))}H${WIDTH - MARGIN.right}"/><text class="tick" x="${MARGIN.left - 10}" y="${at(scales.y(mark))}" dy="0.35em" text-anchor="end">${number(mark)}</text>`)}
${axisLabels(x).map(({ index, text, often }) => html`<text class="tick${often ? ' often' : ''}" x="${at(scales.x(index))}" y="${PLOT.bottom + 24}" text-anchor="middle">${text}</text>`)}
${draw(series, scales)}
${columns({ x, series, unit }, scales)}
</svg><figcaption><ul class="legend">${series.map(({ name, color }) => html`<li><svg viewBox="0 0 18 18" aria-hidden="true">${chart === 'line' ? html`<path class="series" d="M1 9H17" stroke="${color}"/>` : html`<rect x="2" y="3" width="14" height="12" rx="2" fill="${color}"/>`}</svg>${name}</li>`)}</ul></figcaption></figure>
${note !== undefined && html`<p class="note">${note}</p>`}`;
}

/** Right above the marks; a long one begins at the left edge. */
function unitText(unit: string): Html {
  const isLong = unit.length > MAX_UNIT;
  return html`<text class="unit" x="${isLong ? 0 : MARGIN.left - 10}" y="16" text-anchor="${isLong ? 'start' : 'end'}">${unit}</text>`;
}

/** Least and most of what is drawn; null without any value. */
function extremes(
  chart: ReportChart['chart'],
  series: readonly Series[],
  places: number,
): { least: number; most: number } | null {
  const drawn =
    chart === 'stacked-bar'
      ? Array.from({ length: places }, (_, index) => stackAt(series, index)).flatMap(({ up, down }) => [
          up,
          down,
        ])
      : series.flatMap(({ values }) => values.filter((value) => value !== null));
  if (!series.some(({ values }) => values.some((value) => value !== null))) return null;
  return {
    least: drawn.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
    most: drawn.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  };
}

function stackAt(series: readonly Series[], index: number): { up: number; down: number } {
  const values = series.map(({ values }) => values[index] ?? 0);
  const sum = (sign: number) =>
    values.reduce((total, value) => (value * sign > 0 ? total + value : total), 0);
  return { up: sum(1), down: sum(-1) };
}

/** Round values from at or below the least to at or above the most; bars begin at 0. */
function yTicks({ least, most }: { least: number; most: number }, chart: ReportChart['chart']): number[] {
  const floats = chart === 'line' && (least > FAR_FROM_ZERO * most || most < FAR_FROM_ZERO * least);
  const low = floats ? least : Math.min(0, least);
  const high = floats ? most : Math.max(0, most);
  const step = roundDown((high - low || Math.abs(high) || 1) / LEAST_STEPS);
  const from = Math.floor(low / step + 1e-9);
  const to = Math.max(from + 1, Math.ceil(high / step - 1e-9));
  return Array.from({ length: to - from + 1 }, (_, index) => Number(((from + index) * step).toPrecision(9)));
}

function scalesOf(places: number, marks: readonly number[]): Scales {
  const [low, high] = [marks[0] ?? 0, marks.at(-1) ?? 1];
  const step = PLOT.width / places;
  const y = (value: number) => PLOT.bottom - ((value - low) / (high - low)) * (PLOT.bottom - MARGIN.top);
  return {
    step,
    y,
    x: (index) => MARGIN.left + step * (index + 0.5),
    zero: y(Math.max(low, Math.min(0, high))),
  };
}

function lines(series: readonly Series[], { x, y }: Scales): Html {
  return html`${series.map(({ values, color }) => {
    const places = values.map((value, index) => (value === null ? '' : `${at(x(index))} ${at(y(value))}`));
    const path = places.map((place, index) =>
      place === '' ? '' : `${places[index - 1] ? 'L' : 'M'}${place}`,
    );
    const isAlone = (index: number) => !places[index - 1] && !places[index + 1];
    const dots = places.flatMap((place, index) =>
      place !== '' && (places.length <= MAX_DOTS || isAlone(index)) ? [`M${place}h0`] : [],
    );
    return html`<path class="series" d="${path.join('')}" stroke="${color}"/><path class="dots" d="${dots.join('')}" stroke="${color}"/>`;
  })}`;
}

function bars(series: readonly Series[], { x, y, step, zero }: Scales): Html {
  const width = (step * BAR_SHARE) / series.length;
  return html`${series.map(({ values, color }, which) => {
    const path = values.map((value, index) => {
      if (value === null || value === 0) return '';
      const left = x(index) - (step * BAR_SHARE) / 2 + which * width;
      return barPath(left, Math.max(0.5, width - (width > 6 ? 1.5 : 0)), zero, y(value));
    });
    return html`<path d="${path.join('')}" fill="${color}"/>`;
  })}`;
}

function stackedBars(series: readonly Series[], { x, y, step }: Scales): Html {
  const up = new Map<number, number>();
  const down = new Map<number, number>();
  const width = Math.max(0.5, step * BAR_SHARE);
  return html`${series.map(({ values, color }) => {
    const path = values.map((value, index) => {
      if (value === null || value === 0) return '';
      const stack = value > 0 ? up : down;
      const from = stack.get(index) ?? 0;
      stack.set(index, from + value);
      return barPath(x(index) - width / 2, width, y(from), y(from + value));
    });
    return html`<path d="${path.join('')}" fill="${color}"/>`;
  })}`;
}

function barPath(left: number, width: number, from: number, to: number): string {
  return `M${at(left)} ${at(from)}V${at(to)}h${at(width)}V${at(from)}Z`;
}

/** Strips from top to bottom that tell the values of a place when pointed at. */
function columns(
  {
    x,
    series,
    unit,
  }: { x: readonly (string | number)[]; series: readonly Series[]; unit: string | undefined },
  scales: Scales,
): Html {
  const every = Math.ceil(x.length / MAX_COLUMNS);
  const shown = x.map((label, index) => ({ label, index })).filter(({ index }) => index % every === 0);
  return html`<g class="columns">${shown.map(({ label, index }) => {
    const told = series.map(({ name, values }) => {
      const value = values[index] ?? null;
      return `${name}: ${value === null ? '—' : number(value)}${value === null || unit === undefined ? '' : ` ${unit}`}`;
    });
    return html`<rect x="${at(scales.x(index) - scales.step / 2)}" y="${MARGIN.top}" width="${at(scales.step * every)}" height="${PLOT.bottom - MARGIN.top}"><title>${[String(label), ...told].join('\n')}</title></rect>`;
  })}</g>`;
}

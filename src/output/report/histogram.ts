/** How the numbers of one result column are spread, as bars with their median. */
import type { OutputRequest } from '../output-request.js';
import { type Html, html } from './html.js';
import { number, ticks } from './scale.js';
import type { Spread } from './spread.js';

const WIDTH = 1000;
const HEIGHT = 300;
const MARGIN = { left: 60, right: 16, top: 24, bottom: 56 };
const BARS = 24;

/** Null without a chart or without a number to draw. */
export function histogramSection({ chart }: OutputRequest, spread: Spread): Html | null {
  if (chart === undefined || spread.count === 0) return null;
  const bars = spread.bars(BARS);
  const [first, last] = [bars[0], bars.at(-1)];
  if (first === undefined || last === undefined) return null;
  const most = Math.max(...bars.map((bar) => bar.count));
  const x = (value: number) =>
    MARGIN.left + ((value - first.from) / (last.to - first.from)) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (count: number) =>
    HEIGHT - MARGIN.bottom - (count / most) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const median = spread.quantile(0.5);
  return html`<section><h2>${chart.title}</h2>
<figure class="chart"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Histogram: ${chart.title}">
${ticks(0, most, 4)
  .filter(Number.isInteger)
  .map(
    (count) =>
      html`<path class="grid" d="M${MARGIN.left} ${at(y(count))}H${WIDTH - MARGIN.right}"/><text class="tick" x="${MARGIN.left - 10}" y="${at(y(count))}" dy="0.35em" text-anchor="end">${number(count)}</text>`,
  )}
${bars.map((bar) => html`<rect class="bar" x="${at(x(bar.from) + 1)}" y="${at(y(bar.count))}" width="${at(Math.max(1, x(bar.to) - x(bar.from) - 2))}" height="${at(y(0) - y(bar.count))}"><title>${number(bar.from)} to ${number(bar.to)} ${chart.unit}: ${number(bar.count)}</title></rect>`)}
<path class="axis" d="M${MARGIN.left} ${at(y(0))}H${WIDTH - MARGIN.right}"/>
${ticks(first.from, last.to, 8).map((value) => html`<text class="tick" x="${at(x(value))}" y="${HEIGHT - MARGIN.bottom + 20}" text-anchor="middle">${number(value)}</text>`)}
<path class="median" d="M${at(x(median))} ${MARGIN.top - 6}V${at(y(0))}"/>
<text class="axis-title" x="${(WIDTH + MARGIN.left) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${chart.column} (${chart.unit})</text>
</svg><figcaption>${number(spread.count)} values · least ${number(spread.min)} · median <span class="median-key"></span> ${number(median)} · 95 % up to ${number(spread.quantile(0.95))} · most ${number(spread.max)} ${chart.unit}</figcaption></figure></section>`;
}

function at(value: number): number {
  return Number(value.toFixed(2));
}

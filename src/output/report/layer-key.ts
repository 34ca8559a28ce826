/** The key of a map: each layer's name, which shows and hides it, and what its colours mean. */
import type { ByRamp } from '../../core/report-section.js';
import type { FeatureLayer } from './feature-layer.js';
import { type Html, html } from './html.js';
import { NO_CLASS, rampStops } from './ramps.js';
import type { RasterLayer } from './raster-layer.js';
import { number } from './scale.js';
import type { ValueRange } from './value-range.js';

export type DrawnLayer = FeatureLayer | RasterLayer;

type Mark = 'pixel' | 'polygon' | 'line' | 'spot';

/** The uppermost layer first. Layers beside each other whose classes are the same, such as years, share one list of them. */
export function mapKey(layers: readonly DrawnLayer[]): Html {
  const groups: { drawn: DrawnLayer; index: number }[][] = [];
  for (const [index, drawn] of [...layers.entries()].reverse()) {
    const last = groups.at(-1);
    if (last !== undefined && shareClasses(last[0]!.drawn, drawn)) last.push({ drawn, index });
    else groups.push([{ drawn, index }]);
  }
  return html`<ul class="keys">${groups.map((group) => {
    const [first] = group.map(({ drawn }) => drawn);
    return html`<li>${group.map(({ drawn, index }) => switchOf(drawn, index))}${classes(group.map(({ drawn }) => drawn))}${first!.layer.paint.by === 'ramp' && gradient(first!.layer.paint, first!.range)}</li>`;
  })}</ul>`;
}

function shareClasses(a: DrawnLayer, b: DrawnLayer): boolean {
  return (
    a.layer.paint.by === 'class' &&
    a.layer.kind === b.layer.kind &&
    JSON.stringify(a.layer.paint) === JSON.stringify(b.layer.paint)
  );
}

/** `index` is the layer's place on the map, which the script finds it by. Without the script all is shown. */
function switchOf(drawn: DrawnLayer, index: number): Html {
  const { paint, title, shown } = drawn.layer;
  const box = html`<input type="checkbox" data-toggle="${index}"${shown !== false && html` checked`} hidden>`;
  return html`<label>${box}${paint.by === 'one' && drawerOf(drawn)(paint.color)} <span>${title}</span></label> `;
}

/** Draws a swatch as the layer's features are drawn. */
function drawerOf(drawn: DrawnLayer): (color: string) => Html {
  const { paint } = drawn.layer;
  return (color) => swatch(markOf(drawn), color, 'fill' in paint ? paint.fill : undefined);
}

function markOf(drawn: DrawnLayer): Mark {
  if (!('shapes' in drawn)) return 'pixel';
  if (drawn.points.length > drawn.shapes.length) return 'spot';
  return drawn.shapes[0]?.kind ?? 'polygon';
}

/** Classes that are on the map, in any of the layers. */
function classes(layers: readonly DrawnLayer[]): Html | null {
  const [first] = layers;
  if (first?.layer.paint.by !== 'class') return null;
  const draw = drawerOf(first);
  const there = layers.map(presence);
  const listed = first.layer.paint.classes.filter((one) => there.some((isThere) => isThere(one)));
  const hasOther = there.some((isThere) => isThere({ value: Number.NaN, color: NO_CLASS }));
  return html`<ul class="classes">${listed.map(({ color, label }) => html`<li>${draw(color)} ${label}</li>`)}${hasOther && html`<li>${draw(NO_CLASS)} other</li>`}</ul>`;
}

function presence(drawn: DrawnLayer): (one: { value: string | number; color: string }) => boolean {
  if (!('shapes' in drawn))
    return ({ value }) => drawn.seen.has(Number(value)) && !Number.isNaN(Number(value));
  const colors = new Set([...drawn.shapes, ...drawn.points].map(({ color }) => color));
  return ({ color }) => colors.has(color);
}

function gradient({ ramp, unit = '', scale }: ByRamp, range: ValueRange | undefined): Html | null {
  if (range === undefined) return null;
  const least = rounded(range.min, range.max - range.min);
  const most = rounded(range.max, range.max - range.min);
  return html`<span class="gradient"><span>${least}</span><i style="background:linear-gradient(90deg,${rampStops(ramp).join(',')})"></i><span>${most}${unit !== '' && ` ${unit}`}${scale === 'log' && ' (logarithmic)'}</span></span>`;
}

/** As many digits as tell the ends of the ramp apart. */
function rounded(value: number, span: number): string {
  const digits = span > 0 ? Math.max(0, 2 - Math.floor(Math.log10(span))) : 3;
  return number(Number(value.toFixed(Math.min(6, digits))));
}

function swatch(mark: Mark, color: string, fill = 0.35): Html {
  const shapes: Record<Mark, Html> = {
    pixel: html`<rect x="2" y="3" width="14" height="12" fill="${color}"/>`,
    polygon: html`<path class="polygon" d="M2 5L8 2L16 4L15 13L7 16L3 12Z" color="${color}"/>`,
    line: html`<path class="line" d="M1 14C6 12 6 6 17 4" color="${color}" stroke-width="2.5"/>`,
    spot: html`<circle class="spot" cx="9" cy="9" r="5" color="${color}"/>`,
  };
  return html`<svg class="drawn" style="--fill:${fill}" viewBox="0 0 18 18" aria-hidden="true">${shapes[mark]}</svg>`;
}

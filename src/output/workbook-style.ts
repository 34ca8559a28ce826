/** How rows look in workbooks, by state. Colours are ARGB. */
import type { Fill, Font, Style } from 'exceljs';
import type { RowState } from '../core/row.js';

const SOFT_RED = 'FFF8D7DA';
const SOFT_ORANGE = 'FFFFE8CC';
const GREY = 'FF8A8F98';

/** What a state adds to a cell's own style; states that are not named add nothing. */
const STATE_STYLE: Partial<Record<RowState, { fill?: Fill; font?: Partial<Font> }>> = {
  failed: { fill: solid(SOFT_RED) },
  invalid: { fill: solid(SOFT_ORANGE) },
  skipped: { font: { color: { argb: GREY } } },
  cancelled: { font: { color: { argb: GREY } } },
};

export const HEADER_STYLE: Partial<Style> = {
  font: { bold: true, color: { argb: 'FFFFFFFF' } },
  fill: solid('FF2F5D62'),
  alignment: { vertical: 'middle', wrapText: true },
};

export const DATE_STYLE: Partial<Style> = { numFmt: 'yyyy-mm-dd' };
export const DATE_TIME_STYLE: Partial<Style> = { numFmt: 'yyyy-mm-dd hh:mm:ss' };

/** `style` with the state's fill and font on top. Never changes its argument: cells share style objects. */
export function withState(style: Partial<Style>, state: RowState): Partial<Style> {
  const added = STATE_STYLE[state];
  if (added === undefined) return style;
  const font = added.font === undefined ? {} : { font: { ...style.font, ...added.font } };
  return { ...style, ...(added.fill === undefined ? {} : { fill: added.fill }), ...font };
}

function solid(argb: string): Fill {
  return { type: 'pattern', pattern: 'solid', fgColor: { argb } };
}

/** Draws what a terminal shows, with its colours, as an SVG that needs no font of its own. Pure: text in, text out. */

const CELL_WIDTH = 8.4;
const LINE_HEIGHT = 19;
const MARGIN = 18;
const FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace";
const BACKGROUND = '#0f1720';
const FOREGROUND = '#d5dde5';
/** Colours 30 to 37 of a terminal, and their bright sisters 90 to 97. */
const COLOURS = ['#56616d', '#ff7b72', '#7ee787', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#d5dde5'];
// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what is looked for
const STYLE_CHANGE = /(\u001b\[[\d;]*m)/;

/**
 * `lines` hold SGR sequences, as `tmux capture-pane -e` prints them. Every run of equal style is stretched to its own
 * columns, so that tables stand straight in any font.
 * @param {string[]} lines
 * @param {{ columns: number, title: string }} terminal
 */
export function terminalSvg(lines, { columns, title }) {
  const width = Math.ceil(columns * CELL_WIDTH + 2 * MARGIN);
  const height = Math.ceil(lines.length * LINE_HEIGHT + 2 * MARGIN);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escapeXml(title)}</title>
<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>
<g font-family="${FONT}" font-size="14" fill="${FOREGROUND}">
${[...styledRuns(lines)].map(drawRun).join('\n')}
</g>
</svg>
`;
}

/** @param {Run} run */
function drawRun({ text, row, column, style }) {
  const attributes = [
    `x="${(MARGIN + column * CELL_WIDTH).toFixed(1)}" y="${(MARGIN + (row + 0.75) * LINE_HEIGHT).toFixed(1)}"`,
    `textLength="${([...text].length * CELL_WIDTH).toFixed(1)}" lengthAdjust="spacingAndGlyphs"`,
    ...(style.colour === undefined ? [] : [`fill="${style.colour}"`]),
    ...(style.bold ? ['font-weight="bold"'] : []),
    ...(style.dim ? ['opacity="0.6"'] : []),
  ];
  return `<text ${attributes.join(' ')}>${escapeXml(text)}</text>`;
}

/** @typedef {{ colour?: string | undefined, bold: boolean, dim: boolean }} Style */
/** @typedef {{ text: string, row: number, column: number, style: Style }} Run */

/**
 * Texts of one style with no space at either end and no two spaces within, so that words keep their columns. A style goes
 * on over the end of a line.
 * @param {string[]} lines
 * @returns {Generator<Run>}
 */
function* styledRuns(lines) {
  /** @type {Style} */
  let style = { bold: false, dim: false };
  for (const [row, line] of lines.entries()) {
    let column = 0;
    for (const part of line.split(STYLE_CHANGE)) {
      if (part.startsWith('\u001b[')) {
        style = restyle(style, part.slice(2, -1));
        continue;
      }
      for (const text of part.split(/( {2,}|^ | $)/)) {
        if (text.trim() !== '') yield { text, row, column, style };
        column += [...text].length;
      }
    }
  }
}

/** @param {Style} style @param {string} codes @returns {Style} */
function restyle(style, codes) {
  return codes.split(';').map(Number).reduce(applyCode, style);
}

/** @param {Style} style @param {number} code @returns {Style} */
function applyCode(style, code) {
  if (code === 0) return { bold: false, dim: false };
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  if (code === 39) return { ...style, colour: undefined };
  const colour = COLOURS[code >= 90 ? code - 90 : code - 30];
  return colour === undefined ? style : { ...style, colour };
}

/** @param {string} text */
function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

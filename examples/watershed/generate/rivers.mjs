/** Rivers as lines: from where enough land drains to a cell, downstream, their stairs of cells smoothed. */
import { HEIGHTS } from './grid.mjs';

const { width: WIDTH, stepX: CELL_M } = HEIGHTS;

/** Lines of `[eastM, southM, areaM2, cell]` from each head to the next larger river or the edge, the longest first. */
export function riverLines({ flow, downwards, areaM2 }, leastM2) {
  const main = mainDonors(flow.receiver, downwards, areaM2, leastM2);
  const lines = [];
  for (const at of downwards) {
    if (areaM2[at] < leastM2 || main[at] >= 0) continue;
    const cells = [at];
    for (let next = flow.receiver[at]; next >= 0; next = flow.receiver[next]) {
      const isOurs = main[next] === cells.at(-1);
      cells.push(next);
      if (!isOurs) break;
    }
    if (cells.length > 4) lines.push(smoothed(cells.map((cell) => [...middleOf(cell), areaM2[cell], cell])));
  }
  return lines.sort((a, b) => b.length - a.length);
}

/** For each cell of a river the one upstream that brings most. */
function mainDonors(receiver, downwards, areaM2, leastM2) {
  const main = new Int32Array(receiver.length).fill(-1);
  for (const at of downwards) {
    const next = receiver[at];
    if (next < 0 || areaM2[at] < leastM2) continue;
    if (main[next] < 0 || areaM2[at] > areaM2[main[next]]) main[next] = at;
  }
  return main;
}

export function middleOf(cell) {
  const column = cell % WIDTH;
  return [(column + 0.5) * CELL_M, ((cell - column) / WIDTH + 0.5) * CELL_M];
}

/** A mean over seven places; the ends stay. */
function smoothed(line) {
  return line.map(([x, y, area, cell], index) => {
    const reach = Math.min(3, index, line.length - 1 - index);
    const near = line.slice(index - reach, index + reach + 1);
    const mean = (axis) => near.reduce((sum, place) => sum + place[axis], 0) / near.length;
    return reach === 0 ? [x, y, area, cell] : [mean(0), mean(1), area, cell];
  });
}

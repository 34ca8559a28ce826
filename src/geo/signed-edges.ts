/** The edges of a polygon's part, each with the side on which the inside lies. */
import { evenOddEdges } from './even-odd-edges.js';
import { signedArea } from './pixel-polygon.js';
import { ringsTouch } from './rings-touch.js';

export interface SignedEdges {
  /** x, y of one end and of the other, four numbers an edge. */
  ends: Float64Array;
  /** 1: the inside begins to the right (greater x) of the edge; -1: it ends there. Of horizontal edges either. */
  signs: Int8Array;
}

/**
 * Rings that touch nothing are taken by what they are, outline or hole, whichever way they run; rings that touch or cross
 * are split where they do and filled by the even-odd rule. `selfCrossing` when that rule had to decide what is inside.
 */
export function signedEdges(rings: readonly Float64Array[]): { edges: SignedEdges; selfCrossing: boolean } {
  const edges = roleEdges(rings);
  return ringsTouch(rings) ? evenOddEdges(edges) : { edges, selfCrossing: false };
}

function roleEdges(rings: readonly Float64Array[]): SignedEdges {
  const length = rings.reduce((sum, ring) => sum + Math.max(0, ring.length / 2 - 1), 0);
  const ends = new Float64Array(4 * length);
  const signs = new Int8Array(length);
  let count = 0;
  rings.forEach((ring, position) => {
    const insideLeft = signedArea(ring) > 0 === (position === 0);
    for (let i = 0; i + 3 < ring.length; i += 2) {
      const rise = ring[i + 3]! - ring[i + 1]!;
      ends.set(ring.subarray(i, i + 4), 4 * count);
      signs[count++] = rise < 0 === insideLeft ? 1 : -1;
    }
  });
  return { ends: ends.subarray(0, 4 * count), signs: signs.subarray(0, count) };
}

/** Edges that cross, split where they do and given the side that the even-odd rule says is inside. */
import Flatbush from 'flatbush';
import { type EdgeList, eachMeeting, edgesMeet, side } from './rings-touch.js';
import type { SignedEdges } from './signed-edges.js';

/** Points of the lattice in a pixel: a billionth apart. */
const LATTICE = 2 ** 30;

/**
 * Pieces of `edges` that meet only in their ends; those that lie on each other an even number of times bound nothing and
 * are left out. `selfCrossing` when a piece has another side inside than its edge had.
 */
export function evenOddEdges(edges: SignedEdges): { edges: SignedEdges; selfCrossing: boolean } {
  const pieces = uniquePieces(edges);
  const ends = new Float64Array(4 * pieces.length);
  pieces.forEach((piece, i) => void ends.set(piece.ends, 4 * i));
  const signs = paritySigns(ends);
  return {
    edges: { ends, signs },
    selfCrossing: pieces.some(({ edge }, i) => edges.signs[edge] !== signs[i]),
  };
}

interface Piece {
  ends: [number, number, number, number];
  /** The edge it is a piece of. */
  edge: number;
}

function uniquePieces({ ends, signs }: SignedEdges): Piece[] {
  const cuts = cutsOf({ ends, length: signs.length });
  const unique = new Map<string, Piece>();
  for (let edge = 0; edge < signs.length; edge++) {
    const points = orderedPoints(ends.subarray(4 * edge, 4 * edge + 4), cuts[edge]!);
    for (let i = 0; i + 1 < points.length; i++) {
      const [fromX, fromY] = points[i]!;
      const [toX, toY] = points[i + 1]!;
      if (fromY === toY) continue;
      const upFirst = fromY < toY;
      const piece: Piece['ends'] = upFirst ? [fromX, fromY, toX, toY] : [toX, toY, fromX, fromY];
      const key = piece.join(' ');
      if (!unique.delete(key)) unique.set(key, { ends: piece, edge });
    }
  }
  return [...unique.values()];
}

type Point = readonly [x: number, y: number];

/** Where each edge is met by others. */
function cutsOf(edges: EdgeList): Point[][] {
  const cuts: Point[][] = Array.from({ length: edges.length }, () => []);
  eachMeeting(edges, (i, j) => {
    if (!edgesMeet(edges, i, j)) return false;
    const [a, b] = endsOf(edges, i);
    const [c, d] = endsOf(edges, j);
    const touching = [
      ...[c, d].filter((point) => side(...a, ...b, ...point) === 0 && isBetween(a, b, point)),
      ...[a, b].filter((point) => side(...c, ...d, ...point) === 0 && isBetween(c, d, point)),
    ];
    for (const point of touching.length > 0 ? touching : [crossing(a, b, c, d)]) {
      cuts[i]!.push(point);
      cuts[j]!.push(point);
    }
    return false;
  });
  return cuts;
}

function endsOf({ ends }: EdgeList, i: number): [Point, Point] {
  return [
    [ends[4 * i]!, ends[4 * i + 1]!],
    [ends[4 * i + 2]!, ends[4 * i + 3]!],
  ];
}

function isBetween([ax, ay]: Point, [bx, by]: Point, [x, y]: Point): boolean {
  return x >= Math.min(ax, bx) && x <= Math.max(ax, bx) && y >= Math.min(ay, by) && y <= Math.max(ay, by);
}

/** On a lattice, so that the same place found along two edges that lie on each other is the same point. */
function crossing(a: Point, b: Point, c: Point, d: Point): Point {
  const fromC = side(...c, ...d, ...a);
  const share = fromC / (fromC - side(...c, ...d, ...b));
  return [onLattice(a[0] + share * (b[0] - a[0])), onLattice(a[1] + share * (b[1] - a[1]))];
}

function onLattice(value: number): number {
  return Math.round(value * LATTICE) / LATTICE;
}

/** The ends of an edge and its cuts, along the edge. */
function orderedPoints(ends: Float64Array, cuts: Point[]): Point[] {
  const [fromX, fromY, toX, toY] = [ends[0]!, ends[1]!, ends[2]!, ends[3]!];
  const along = ([x, y]: Point) => (x - fromX) * (toX - fromX) + (y - fromY) * (toY - fromY);
  return [[fromX, fromY] as const, ...[...cuts].sort((p, q) => along(p) - along(q)), [toX, toY] as const];
}

/** 1 where an odd number of pieces lies to the right of the piece's middle. */
function paritySigns(ends: Float64Array): Int8Array {
  const count = ends.length / 4;
  const signs = new Int8Array(count);
  if (count === 0) return signs;
  const tree = new Flatbush(count);
  let east = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const [x, y, otherX, otherY] = ends.subarray(4 * i, 4 * i + 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    tree.add(Math.min(x, otherX), y, Math.max(x, otherX), otherY);
    east = Math.max(east, x, otherX);
  }
  tree.finish();
  for (let i = 0; i < count; i++) {
    const middleX = (ends[4 * i]! + ends[4 * i + 2]!) / 2;
    const middleY = (ends[4 * i + 1]! + ends[4 * i + 3]!) / 2;
    const right = tree.search(middleX, middleY, east, middleY, (other) => {
      const [x, y, toX, toY] = ends.subarray(4 * other, 4 * other + 4) as unknown as [
        number,
        number,
        number,
        number,
      ];
      if (other === i || y > middleY || toY <= middleY) return false;
      return x + ((middleY - y) / (toY - y)) * (toX - x) > middleX;
    });
    signs[i] = right.length % 2 === 1 ? 1 : -1;
  }
  return signs;
}

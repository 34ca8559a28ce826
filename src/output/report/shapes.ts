/** Polygons and lines of one map layer in drawing units, coarsened together until they hold a budget of bytes. */
import type { Projection } from './projection.js';
import { type Position, simplifyLine } from './simplify.js';

/** What a shape is besides its outline; `text` is what is told of it. */
export interface ShapeFacts {
  text: string;
}

export interface DrawnShape<Facts extends ShapeFacts> {
  path: string;
  facts: Facts;
}

/** Drawing units; the map is 1,000 wide. The next is taken when the budget does not hold. */
const TOLERANCES = [0.25, 0.8, 2.5, 8];
/** Places that are left of a closed ring, and of a line, when it is too small to see. */
const LEAST_OF = { ring: 4, line: 2 };

interface Shape<Facts> {
  facts: Facts;
  rings: Position[][];
  closed: boolean;
}

export class Shapes<Facts extends ShapeFacts> {
  readonly #budget: number;
  readonly #projection: Projection;
  #shapes: Shape<Facts>[] = [];
  #bytes = 0;
  #level = 0;
  /** Shapes that are too small to see, outside the map or beyond the budget. */
  leftOut = 0;

  constructor(budget: number, projection: Projection) {
    this.#budget = budget;
    this.#projection = projection;
  }

  /** Rings of a polygon (`closed`), or lines, in degrees. */
  add(facts: Facts, rings: readonly (readonly Position[])[], closed = true): void {
    const { x, y } = this.#projection;
    const drawn = rings.map((ring) =>
      ring.map(([longitude, latitude]): Position => [x(longitude), y(latitude)]),
    );
    let shape = this.#coarsen({
      facts,
      closed,
      rings: drawn.filter((ring) => isOnMap(ring, this.#projection)),
    });
    while (this.#bytes + bytesOf(shape) > this.#budget && this.#level < TOLERANCES.length - 1) {
      this.#coarsenAll();
      shape = this.#coarsen(shape);
    }
    if (shape.rings.length === 0 || this.#bytes + bytesOf(shape) > this.#budget) {
      this.leftOut += 1;
      return;
    }
    this.#shapes.push(shape);
    this.#bytes += bytesOf(shape);
  }

  /** In the order they were added. */
  drawn(): DrawnShape<Facts>[] {
    return this.#shapes.map(({ facts, rings, closed }) => ({
      facts,
      path: rings.map((ring) => linePath(ring, closed)).join(''),
    }));
  }

  #coarsenAll(): void {
    this.#level += 1;
    const coarse = this.#shapes.map((shape) => this.#coarsen(shape));
    this.#shapes = coarse.filter((shape) => shape.rings.length > 0);
    this.leftOut += coarse.length - this.#shapes.length;
    this.#bytes = this.#shapes.reduce((sum, shape) => sum + bytesOf(shape), 0);
  }

  #coarsen(shape: Shape<Facts>): Shape<Facts> {
    const tolerance = TOLERANCES[this.#level] ?? 0;
    const least = shape.closed ? LEAST_OF.ring : LEAST_OF.line;
    return {
      ...shape,
      rings: shape.rings.map((ring) => simplifyLine(ring, tolerance)).filter((ring) => ring.length >= least),
    };
  }
}

/** In the report, about. */
function bytesOf({ facts, rings }: Shape<ShapeFacts>): number {
  return rings.reduce((sum, ring) => sum + 12 * ring.length, 40 + facts.text.length);
}

function isOnMap(ring: readonly Position[], { width, height }: Projection): boolean {
  const beside = (outside: (position: Position) => boolean) => ring.every(outside);
  return !(
    beside(([x]) => x < 0) ||
    beside(([x]) => x > width) ||
    beside(([, y]) => y < 0) ||
    beside(([, y]) => y > height)
  );
}

function linePath(ring: readonly Position[], closed: boolean): string {
  const places = (closed ? ring.slice(0, -1) : ring).map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`);
  return `M${places.join('L')}${closed ? 'Z' : ''}`;
}

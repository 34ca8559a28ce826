/** Arbitrary polygons in pixel coordinates. */
import fc from 'fast-check';

export const SIZE = 24;

type Corner = [number, number];

export function ring(corners: readonly (readonly number[])[]): Float64Array {
  return Float64Array.from([...corners, corners[0]!].flat());
}

export function square(left: number, top: number, right: number, bottom: number): Float64Array {
  return ring([
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ]);
}

const star = fc.record({
  x: fc.double({ min: -2, max: SIZE + 2, noNaN: true }),
  y: fc.double({ min: -2, max: SIZE + 2, noNaN: true }),
  radii: fc.array(fc.double({ min: 0.05, max: 9, noNaN: true }), { minLength: 3, maxLength: 12 }),
  turn: fc.double({ min: 0, max: 6.28, noNaN: true }),
});

function starRing(
  { x, y, radii, turn }: { x: number; y: number; radii: number[]; turn: number },
  size: number,
) {
  return ring(
    radii.map((radius, i): Corner => {
      const angle = turn + (2 * Math.PI * i) / radii.length;
      return [x + size * radius * Math.cos(angle), y + size * radius * Math.sin(angle)];
    }),
  );
}

/** Star-shaped around a centre, so that its ring never crosses itself; it may reach beyond the grid. */
export const simpleRing = star.map((shape) => starRing(shape, 1));

/** A simple ring with a hole in it that touches nothing: the same star at a third of its size. */
export const ringWithHole = star.map((shape) => [starRing(shape, 1), starRing(shape, 1 / 3)] as const);

/** The same on the grid with no part beyond it. */
export const ringOnGrid = star.map(({ x, y, radii, turn }) => {
  const shape = {
    x: 4 + (x + 2) * 0.57,
    y: 4 + (y + 2) * 0.57,
    radii: radii.map((radius) => radius * 0.44),
    turn,
  };
  return [starRing(shape, 1), starRing(shape, 1 / 3)] as const;
});

/** Corners anywhere, crossing as they like; on a coarse lattice too, so that edges touch and coincide. */
export const anyRing = fc.oneof(
  fc.array(
    fc.tuple(fc.double({ min: 0, max: SIZE, noNaN: true }), fc.double({ min: 0, max: SIZE, noNaN: true })),
    { minLength: 3, maxLength: 9 },
  ),
  fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 })), {
    minLength: 3,
    maxLength: 9,
  }),
);

export function reversed(points: Float64Array): Float64Array {
  const back: number[] = [];
  for (let i = points.length - 2; i >= 0; i -= 2) back.push(points[i]!, points[i + 1]!);
  return Float64Array.from(back);
}

export function planarArea(points: Float64Array): number {
  let doubled = 0;
  for (let i = 0; i + 3 < points.length; i += 2) {
    doubled += points[i]! * points[i + 3]! - points[i + 2]! * points[i + 1]!;
  }
  return doubled / 2;
}

/** Area of a ring within the pixel at x, y, by clipping it at its four sides (Sutherland & Hodgman 1974). */
export function clippedArea(points: Float64Array, x: number, y: number): number {
  let corners: Corner[] = Array.from({ length: points.length / 2 - 1 }, (_, i) => [
    points[2 * i]!,
    points[2 * i + 1]!,
  ]);
  const sides: [axis: 0 | 1, limit: number, sign: 1 | -1][] = [
    [0, x, 1],
    [0, x + 1, -1],
    [1, y, 1],
    [1, y + 1, -1],
  ];
  for (const [axis, limit, sign] of sides) {
    const within = (corner: Corner) => sign * (corner[axis] - limit) >= 0;
    corners = corners.flatMap((corner, i) => {
      const before = corners.at(i - 1)!;
      const share = (limit - before[axis]) / (corner[axis] - before[axis]);
      const cut: Corner[] =
        within(before) === within(corner)
          ? []
          : [[before[0] + share * (corner[0] - before[0]), before[1] + share * (corner[1] - before[1])]];
      return within(corner) ? [...cut, corner] : cut;
    });
  }
  return corners.length < 3 ? 0 : Math.abs(planarArea(ring(corners.map(([cx, cy]) => [cx - x, cy - y]))));
}

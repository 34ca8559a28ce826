import { describe, expect, test } from 'vitest';
import { type Surroundings, snapToStream } from '../../../src/geo/hydrology/snap.js';

const SIDE = 7;

/** Nothing but hillslope, and what is given. */
function around(streams: Record<string, number>, own = 3): Surroundings {
  const cells = new Uint32Array(SIDE * SIDE).fill(2);
  cells[3 * SIDE + 3] = own;
  for (const [place, count] of Object.entries(streams)) {
    const [column, row] = place.split(',').map(Number);
    cells[row! * SIDE + column!] = count;
  }
  return { width: SIDE, height: SIDE, cells, column: 3, row: 3, dxM: 30, dyM: 30 };
}

describe('an outlet', () => {
  test('moves to the nearest stream, not to the largest river in reach', () => {
    const snapped = snapToStream(around({ '4,3': 150, '6,3': 90_000 }), {
      snapCells: 3,
      thresholdCells: 100,
    });
    expect(snapped).toMatchObject({ column: 4, row: 3, movedM: 30, before: 3, after: 150 });
    expect(snapped).toMatchObject({ onStream: true, isJump: false });
  });

  test('that is on a stream stays', () => {
    expect(snapToStream(around({ '4,3': 9000 }, 100), { snapCells: 3, thresholdCells: 100 })).toMatchObject({
      column: 3,
      row: 3,
      movedM: 0,
      before: 100,
      after: 100,
      onStream: true,
    });
  });

  test('takes the larger of two streams that are equally near', () => {
    expect(
      snapToStream(around({ '2,3': 150, '3,4': 170 }), { snapCells: 1, thresholdCells: 100 }),
    ).toMatchObject({ column: 3, row: 4, after: 170 });
  });

  test('measures by true distance where cells are not square', () => {
    const wide = { ...around({ '4,3': 500, '3,5': 200 }), dxM: 70, dyM: 30 };
    expect(snapToStream(wide, { snapCells: 3, thresholdCells: 100 })).toMatchObject({
      ...{ column: 3, row: 5, movedM: 60 },
    });
  });

  test.each([
    ['no stream is within reach', { snapCells: 2, thresholdCells: 100 }],
    ['the nearest is a corner farther than the reach', { snapCells: 4, thresholdCells: 1000 }],
    ['snapping is off', { snapCells: 0, thresholdCells: 100 }],
  ])('stays when %s', (_why, rule) => {
    expect(snapToStream(around({ '6,3': 150, '6,6': 5000 }), rule)).toMatchObject({
      ...{ column: 3, row: 3, movedM: 0, before: 3, after: 3, onStream: false, isJump: false },
    });
  });

  test('says when the move was long and led to a stream ten times as large as the smallest', () => {
    const rule = { snapCells: 3, thresholdCells: 100 };
    expect(snapToStream(around({ '6,3': 1000 }), rule)).toMatchObject({ isJump: true, movedM: 90 });
    expect(snapToStream(around({ '6,3': 999 }), rule)).toMatchObject({ isJump: false, movedM: 90 });
    expect(snapToStream(around({ '5,3': 9000 }), rule)).toMatchObject({ isJump: false, movedM: 60 });
  });
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { landforms } from '../../src/geo/landforms.js';
import { slopeRatio } from '../../src/geo/slope.js';

/** Hills of several sizes, a plain, and a hole without elevation. */
function terrain(width: number, height: number): Float32Array {
  const elevation = new Float32Array(width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const hills =
        120 * Math.sin(column / 40) * Math.cos(row / 31) + 18 * Math.sin(column / 6) * Math.sin(row / 7);
      const plain = column > width / 2 ? 0.04 : 1;
      const hole = (column - 30) ** 2 + (row - 50) ** 2 < 60;
      elevation[row * width + column] = hole ? Number.NaN : 300 + plain * hills + column * 0.3;
    }
  }
  return elevation;
}

/** The rules of core-stack.md 3.12 with numpy, offset by offset. */
const NUMPY = `
import sys, numpy as np
path, w, h, cell = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
z = np.fromfile(path, dtype='<f4').astype('f8').reshape(h, w)
ok = ~np.isnan(z)
def tpi(inner, outer):
    zs, ns = np.pad(np.where(ok, z, 0), outer), np.pad(ok.astype('f8'), outer)
    s, n = np.zeros_like(z), np.zeros_like(z)
    for y in range(-outer, outer + 1):
        for x in range(-outer, outer + 1):
            if not inner*inner < x*x + y*y <= outer*outer: continue
            at = (slice(outer + y, outer + y + h), slice(outer + x, outer + x + w))
            s += zs[at]; n += ns[at]
    with np.errstate(all='ignore'): t = z - s / n
    return (t - np.nanmean(t)) / np.nanstd(t) * 100 + 0.5
S, L = tpi(5, 10), tpi(62, 67)
f = max(3 - np.log10(np.nanstd(z) + 1), 0.3); lim = 100 * f
p = np.pad(z, 1, constant_values=np.nan); c = p[1:-1, 1:-1]
def half(a, b):
    g1, g2 = c - a, b - c
    return np.where(np.isnan(g1), np.where(np.isnan(g2), 0, g2), np.where(np.isnan(g2), g1, (g1 + g2) / 2)) / cell
slope = np.degrees(np.arctan(np.hypot(half(p[1:-1, :-2], p[1:-1, 2:]), half(p[:-2, 1:-1], p[2:, 1:-1]))))
lo, hi = (lambda t: t <= -lim), (lambda t: t >= lim)
mid = lambda t: ~lo(t) & ~hi(t)
out = np.zeros((h, w), 'u1')
rules = [(mid(S) & mid(L) & (slope < 5), 5), (mid(S) & mid(L) & (slope >= 5) & (slope < 20), 6), (mid(S) & mid(L) & (slope >= 20), 8),
  (mid(S) & hi(L) & (slope < 6), 7), (mid(S) & hi(L) & (slope >= 6), 8), (mid(S) & lo(L), 4), (lo(S) & mid(L), 2), (hi(S) & mid(L), 10),
  (lo(S) & hi(L), 3), (lo(S) & lo(L), 1), (hi(S) & hi(L), 11), (hi(S) & lo(L), 9)]
for where, value in rules: out[where] = value
out[~ok] = 0
out.tofile(path + '.out')
`;

const sizes = (height: number, metres: number) => new Float64Array(height).fill(metres);

describe('landforms', () => {
  test('are those of an independent computation with numpy, to one pixel in a thousand', () => {
    const [width, height] = [220, 180];
    const elevation = terrain(width, height);
    const file = join(mkdtempSync(join(tmpdir(), 'sluice-landforms-')), 'dem.raw');
    writeFileSync(file, new Uint8Array(elevation.buffer));
    execFileSync('/usr/bin/python3', ['-c', NUMPY, file, String(width), String(height), '30']);
    const expected = new Uint8Array(readFileSync(`${file}.out`));
    const found = landforms({ elevation, width, height, dxM: sizes(height, 30), dyM: sizes(height, 30) });
    let other = 0;
    for (let i = 0; i < found.length; i++) if (found[i] !== expected[i]) other++;
    expect(other / found.length).toBeLessThan(0.001);
    expect(new Set(found).size).toBeGreaterThanOrEqual(8);
  });

  test('without elevation there is none; a plain is a plain; one row and one column are no special case', () => {
    const none = new Float32Array(12).fill(Number.NaN);
    expect([
      ...landforms({ elevation: none, width: 4, height: 3, dxM: sizes(3, 30), dyM: sizes(3, 30) }),
    ]).toEqual(new Array(12).fill(0));
    for (const [width, height] of [
      [5, 1],
      [1, 5],
      [3, 3],
    ] as const) {
      const flat = new Float32Array(width * height).fill(70);
      const found = landforms({
        elevation: flat,
        width,
        height,
        dxM: sizes(height, 30),
        dyM: sizes(height, 30),
      });
      expect([...found]).toEqual(new Array(width * height).fill(5));
    }
  });
});

describe('slope', () => {
  test('of a plane is its own in every cell, also where pixels are not square', () => {
    const [width, height] = [6, 5];
    const elevation = Float32Array.from(
      { length: width * height },
      (_, i) => 3 * (i % width) - 4 * Math.floor(i / width),
    );
    const slopes = slopeRatio({ elevation, width, height, dxM: sizes(height, 10), dyM: sizes(height, -20) });
    for (const slope of slopes) expect(slope).toBeCloseTo(Math.hypot(0.3, 0.2), 6);
  });

  test('is that of gdaldem away from edges', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-slope-'));
    const [width, height] = [40, 30];
    const elevation = terrain(width, height).map((value) => (Number.isNaN(value) ? 300 : value));
    const lines = Array.from({ length: height }, (_, row) =>
      elevation.subarray(row * width, (row + 1) * width).join(' '),
    );
    const header = `ncols ${width}\nnrows ${height}\nxllcorner 0\nyllcorner 0\ncellsize 30\n`;
    writeFileSync(join(folder, 'dem.asc'), `${header}${lines.join('\n')}\n`);
    const args = ['slope', '-q', '-alg', 'ZevenbergenThorne', '-p', '-of', 'ENVI', 'dem.asc', 'slope.raw'];
    execFileSync('gdaldem', args, { cwd: folder });
    const bytes = readFileSync(join(folder, 'slope.raw'));
    const percent = new Float32Array(bytes.buffer, bytes.byteOffset, width * height);
    const slopes = slopeRatio({ elevation, width, height, dxM: sizes(height, 30), dyM: sizes(height, 30) });
    for (let row = 1; row < height - 1; row++) {
      for (let column = 1; column < width - 1; column++) {
        const i = row * width + column;
        expect(slopes[i]! * 100).toBeCloseTo(percent[i]!, 2);
      }
    }
  });
});

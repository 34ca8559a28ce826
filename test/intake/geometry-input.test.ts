import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AnyTask } from '../../src/core/task.js';
import { rowChecker } from '../../src/intake/check-row.js';
import { readFile } from './points-task.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
const corners = [0, 0, 1, 0, 1, 1, 0, 0];
const ring = [0, 2, 4, 6].map((i) => corners.slice(i, i + 2));
const square = { type: 'Polygon', coordinates: [ring] };
const feature = { type: 'Feature', properties: { uid: 'a' }, geometry: square };

const takesShapes: AnyTask = {
  name: 'shapes',
  version: 1,
  title: 'Takes places',
  input: z.looseObject({ uid: z.string().nullish(), geometry: z.unknown().optional() }),
  run: () => {},
};
const takesNone: AnyTask = { ...takesShapes, input: z.looseObject({ uid: z.string().nullish() }) };

async function inputs(name: string, text: string, task: AnyTask): Promise<unknown[]> {
  const path = join(folder, name);
  await writeFile(path, text);
  const { info, rows } = await readFile(path, {}, task);
  return rows.map((row) => rowChecker(task, info)(row).input);
}

describe('the geometry of a feature', () => {
  it('is the input field geometry of a task that has one', async () => {
    const text = JSON.stringify({ type: 'FeatureCollection', features: [feature] });
    expect(await inputs('shapes.geojson', text, takesShapes)).toEqual([{ uid: 'a', geometry: square }]);
    expect(await inputs('shapes.geojson', text, takesNone)).toEqual([{ uid: 'a' }]);
  });

  it('comes from lines of features too, and from a column of text', async () => {
    expect(await inputs('shapes.ndjson', `${JSON.stringify(feature)}\n`, takesShapes)).toEqual([
      { uid: 'a', geometry: square },
    ]);
    const text = JSON.stringify(square).replaceAll('"', '""');
    expect(await inputs('shapes.csv', `uid,geometry\na,"${text}"\n`, takesShapes)).toEqual([
      { uid: 'a', geometry: square },
    ]);
  });
});

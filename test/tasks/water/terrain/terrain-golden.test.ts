import { describe, expect, test } from 'vitest';
import terrain from '../../../../src/tasks/water/terrain/terrain.js';
import { terrainCluster, terrainShares } from '../../../../src/tasks/water/terrain/terrain-cluster.js';
import { difference, goldenRows } from '../golden.js';
import { featuresOf, prepareTask } from '../in-process.js';

const rows = goldenRows('terrain');

describe('terrain of published shares', () => {
  test('the clusters of 58 watersheds are equal', async () => {
    const task = await prepareTask(terrain);
    const { artifacts } = await task.finish(rows.map(({ terrainClu: _, ...primary }) => primary));
    const features = featuresOf(artifacts.get('terrain.geojson'));
    expect(features).toHaveLength(rows.length);
    for (const [i, { id: _, ...expected }] of rows.entries()) {
      const found = features[i]!.properties;
      expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
      expect(found.terrainClu).toBe(expected.terrainClu);
      for (const [name, value] of Object.entries(expected)) {
        expect(difference(found[name], value), name).toBeLessThan(1e-12);
      }
    }
  });

  test('a watershed without a landform has no cluster', async () => {
    expect(terrainCluster(terrainShares(new Map([[0, 40]])))).toBe(-1);
    const task = await prepareTask(terrain);
    const none = { plain_area: 0, slopy_area: 0, ridge_area: 0, valley_are: 0, hill_slope: 0 };
    expect(await task.run({ uid: 'a', ...none })).toMatchObject({
      terrain_cluster: -1,
      terrain_description: null,
    });
  });

  test('landforms are grouped into plains, slopes, hill slopes, ridges and valleys', () => {
    const each = new Map(Array.from({ length: 11 }, (_, i) => [i + 1, 1]));
    expect(terrainShares(each)).toEqual({
      plain: 1 / 11,
      slopy: 1 / 11,
      hillSlope: 1 / 11,
      ridge: 4 / 11,
      valley: 4 / 11,
    });
  });
});

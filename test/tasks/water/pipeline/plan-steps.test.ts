import { describe, expect, test } from 'vitest';
import type { DataSource } from '../../../../src/core/task.js';
import { desiltingOptions } from '../../../../src/tasks/water/desilting-options.js';
import {
  checkNamedSteps,
  missingData,
  planSteps,
  sourcesOf,
} from '../../../../src/tasks/water/pipeline/plan-steps.js';
import { STEP_NAMES } from '../../../../src/tasks/water/pipeline/step.js';
import { STEPS, stepOf } from '../../../../src/tasks/water/pipeline/steps.js';

function data(...names: string[]): Record<string, DataSource> {
  return Object.fromEntries(
    names.map((name) => [name, { name, files: [`/${name}`], settings: {}, origin: `data.${name}` }]),
  );
}

describe('the steps of a batch', () => {
  test('are the 13 of the original, in its order; what a step reads of steps comes before it', () => {
    expect(STEPS.map(({ name }) => name)).toEqual(STEP_NAMES);
    expect(STEPS).toHaveLength(13);
    for (const [i, { needs, uses = [] }] of STEPS.entries()) {
      const read = [...needs.flat(), ...uses].filter((source) => source.startsWith('step.'));
      for (const source of read) expect(STEP_NAMES.indexOf(source.slice(5) as never)).toBeLessThan(i);
    }
  });

  test('wait to be asked for where there is only the data of the points', () => {
    expect(planSteps(undefined, data('lulc', 'mws', 'waterbodies')).asked).toBeNull();
    expect(planSteps('none', data('lulc', 'mws', 'dem')).asked).toBeNull();
    expect(planSteps('all', data('lulc', 'mws')).asked?.size).toBe(13);
    expect(planSteps(undefined, data('lulc', 'mws', 'dem')).asked?.size).toBe(13);
  });

  test('that are named bring those that they read, made anew only when named', () => {
    const { asked, anew } = planSteps(' zoi , terrain', data('lulc', 'mws', 'dem', 'rivers'));
    expect([...anew]).toEqual(['zoi', 'terrain']);
    expect([...asked!].sort()).toEqual([
      'catchment-area',
      'desilting-points',
      'drainage',
      'match',
      'mws',
      'stream-order',
      'terrain',
      'waterbodies',
      'zoi',
    ]);
    expect([...planSteps('zoi', data('lulc', 'mws', 'waterbodies')).asked!].sort()).toEqual([
      'desilting-points',
      'match',
      'zoi',
    ]);
  });

  test('that are named and lack their data are refused, naming step and data', () => {
    const have = data('lulc', 'mws');
    const refused = (steps: string) => () => checkNamedSteps(planSteps(steps, have), have);
    expect(refused('drought')).toThrow(
      'Step drought (drought) needs data.precipitation, and the config has no such entry',
    );
    expect(refused('mws-layer')).toThrow('data.precipitation');
    expect(refused('terrain')).toThrow('needs data.landforms or data.dem, and the config has none of them');
    expect(refused('zoi,match,waterbodies')).not.toThrow();
    expect(refused('all')).not.toThrow();
  });

  test('read the first of each group that is there', () => {
    expect(sourcesOf(stepOf('drainage'), data('mws', 'dem', 'drainage'))).toEqual([
      'data.drainage',
      'step.mws',
    ]);
    expect(sourcesOf(stepOf('drainage'), data('mws', 'dem'))).toEqual(['data.dem', 'step.mws']);
    expect(sourcesOf(stepOf('match'), data('lulc', 'mws'))).toEqual([
      'step.waterbodies',
      'step.desilting-points',
    ]);
    expect(missingData(stepOf('match'), data('lulc'))).toEqual(['data.waterbodies']);
    expect(missingData(stepOf('waterbodies'), data('lulc'))).toEqual(['data.mws']);
  });

  test('are checked by name, with the nearest name in the refusal', () => {
    const problems = (steps: string) =>
      desiltingOptions.safeParse({ steps }).error?.issues.map(({ message }) => message) ?? [];
    expect(problems('zoi,match')).toEqual([]);
    expect(problems('all')).toEqual([]);
    expect(problems('zio')[0]).toContain('there is no step "zio"; did you mean zoi?');
    expect(problems(' , ')).toEqual(['steps is empty; expected all, none, or names of steps']);
  });
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LetterSelection } from '../../src/batch/letter-selection.js';
import type { Toolkit } from '../../src/toolkit.js';
import { describeOnBackend } from '../helpers/backends.js';
import { addLetters } from '../helpers/letters.js';
import { collect, newProject } from '../helpers/project.js';

describeOnBackend('pglite', 'dead letters', (backend) => {
  let toolkit: Toolkit;
  beforeAll(async () => {
    toolkit = await newProject(backend, {}).open();
    await addLetters(toolkit.db, 60);
  });
  afterAll(() => toolkit?.close());

  const found = async (selection: LetterSelection) =>
    (await collect(toolkit.deadLetters.select(selection))).flat().map(({ row }) => row);

  it('are listed newest first, each once, page after page', async () => {
    expect(await found({})).toEqual(Array.from({ length: 60 }, (_, i) => 60 - i));
    expect(await found({ limit: 3 })).toEqual([60, 59, 58]);
  });

  it.each<[string, LetterSelection, number[]]>([
    ['a task', { task: 'task-2', limit: 2 }, [58, 54]],
    ['a batch', { batch: 'b_3', limit: 2 }, [53, 43]],
    ['an age', { since: '2026-01-01T00:00:58Z' }, [60, 59, 58]],
    ['another age', { before: '2026-01-01T00:00:03Z' }, [2, 1]],
    ['facts of the letter', { where: 'row > 57 and task = task-2' }, [58]],
    ['the code', { where: 'code = E0 and row < 10' }, [5]],
    ['part of the message', { where: 'message ~ "STATION 7 "' }, [7]],
    ['a field of the input', { where: 'latitude >= 29.5', limit: 2 }, [60, 59]],
    ['a field with the name of a fact', { where: '[input.row] = 12' }, [12]],
    ['the first that pass', { where: 'row < 30', limit: 2 }, [29, 28]],
    ['ids', { ids: ['b_3-3', 'b_4-4'] }, [4, 3]],
  ])('are found by %s', async (_title, selection, rows) => {
    expect(await found(selection)).toEqual(rows);
    expect(await toolkit.deadLetters.count(selection)).toBe(rows.length);
  });

  it('are grouped by error, the largest group first, also of a selection', async () => {
    const groups = await toolkit.deadLetters.groups({});
    expect(groups).toHaveLength(5);
    expect(groups[0]).toEqual({
      fingerprint: 'fingerprint0',
      code: 'E0',
      message: 'station 60 does not answer',
      count: 12,
      tasks: ['task-0', 'task-1', 'task-2', 'task-3'],
      firstAt: '2026-01-01T00:00:05.000Z',
      lastAt: '2026-01-01T00:01:00.000Z',
      sampleIds: ['b_0-60', 'b_5-55', 'b_0-50'],
    });
    expect((await toolkit.deadLetters.groups({ where: 'row < 4' })).map(({ count }) => count)).toEqual([
      1, 1, 1,
    ]);
    expect(await toolkit.deadLetters.groups({ where: 'row > 0' })).toEqual(
      await toolkit.deadLetters.groups({}),
    );
    expect(await toolkit.deadLetters.groups({ limit: 2 })).toHaveLength(2);
  });

  it('name the field that a filter asks for and nothing has', async () => {
    await expect(found({ where: 'latitud > 1' })).rejects.toMatchObject({ code: 'WHERE_COLUMN_UNKNOWN' });
  });
});

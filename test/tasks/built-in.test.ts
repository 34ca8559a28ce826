import { expect, test } from 'vitest';
import { builtInTasks } from '../../src/tasks/built-in.js';

test('each built-in task bears the name it is listed under', async () => {
  for (const [name, load] of Object.entries(builtInTasks)) expect((await load()).name).toBe(name);
});

test('noop takes any row and returns nothing', async () => {
  const task = await builtInTasks.noop!();
  expect(task.input.parse({ anything: 1 })).toEqual({ anything: 1 });
  expect(await task.run({} as never, {})).toEqual({});
});

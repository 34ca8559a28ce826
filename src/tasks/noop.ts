/** Takes any row and does nothing: what the engine costs by itself. */
import { z } from 'zod';
import { defineTask } from '../core/task.js';

export default defineTask({
  name: 'noop',
  version: 1,
  title: 'Does nothing with each row; for measuring the engine',
  input: z.looseObject({}),
  attempts: 1,
  run: () => ({}),
});

/** The task that computes, for `jobs`. */
import { defineTask } from 'sluice';
import { z } from 'zod';
import { burn } from './burn.mjs';

export default defineTask({
  name: 'burn',
  version: 1,
  title: 'Computes for so many loops',
  input: z.object({ n: z.number(), loops: z.number() }),
  results: ['state'],
  attempts: 1,
  isolation: 'thread',
  run: (_ctx, { loops }) => ({ state: burn(loops) }),
});

/** What BullMQ runs in a thread for each job. */
import { burn } from './burn.mjs';

/** @param {{ data: { loops: number } }} job */
export default async function run(job) {
  return { state: burn(job.data.loops) };
}

/** `calibrate.mjs MS`: how many loops take MS of processor time here, and what a job of so many takes by the process's own clock. */
import { burn } from './burn.mjs';

const TRIAL_LOOPS = 100_000;
const TRIALS = 100;
const CHECKS = 40;

const wantedMs = Number(process.argv[2]);
cpuMsOfOne(TRIAL_LOOPS, TRIALS);
const loops = Math.round((TRIAL_LOOPS * wantedMs) / cpuMsOfOne(TRIAL_LOOPS, TRIALS));
console.log(JSON.stringify({ loops, checkedMs: cpuMsOfOne(loops, CHECKS) }));

/**
 * @param {number} loops
 * @param {number} times
 */
function cpuMsOfOne(loops, times) {
  const began = process.cpuUsage();
  for (let i = 0; i < times; i++) burn(loops);
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000 / times;
}

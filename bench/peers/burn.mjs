/**
 * Computes for `loops` turns of a random number generator (Park and Miller's, multiplier 48271), as burn.py does.
 * @param {number} loops
 * @returns {number} its last state
 */
export function burn(loops) {
  let state = 7;
  for (let turn = 0; turn < loops; turn++) state = (state * 48_271) % 2_147_483_647;
  return state;
}

/**
 * A producer's talk with the bench: says `ready` when it has started, works when a line comes, says `done`, and ends
 * with its input. So its start is not measured, and it is still there when its processor time is read.
 * @param {() => Promise<unknown>} work
 */
export async function whenTold(work) {
  const lines = process.stdin[Symbol.asyncIterator]();
  console.log('ready');
  await lines.next();
  await work();
  console.log('done');
  await lines.next();
}

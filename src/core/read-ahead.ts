/** The same items, the next one being made while the reader is busy with the last. Ends its source when left early. */
export async function* readAhead<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = source.next();
  try {
    for (;;) {
      const { value, done } = await next;
      if (done === true) return;
      next = source.next();
      // A failure is thrown when its turn comes.
      next.catch(() => {});
      yield value;
    }
  } finally {
    await source.return(undefined);
  }
}

/** The end of a command: what it printed is out, and nothing that still hangs keeps the process. */

const LINGER_MS = 200;

/**
 * A command has closed all it opened. What keeps a process alive after that is a task that did not stop when told to, or
 * a connection to a server that does not answer; neither is waited for.
 */
export function endSoon(): void {
  process.stdout.write('', () => {
    setTimeout(() => process.exit(), LINGER_MS).unref();
  });
}

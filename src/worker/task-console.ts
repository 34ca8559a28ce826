/** What a task prints is no result: it must not get among what the command prints. */
import { Console } from 'node:console';

/** From now on `console.log` and its kin in this process or thread write to standard error. */
export function sendConsoleToStderr(): void {
  globalThis.console = new Console(process.stderr, process.stderr);
}

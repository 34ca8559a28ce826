/** A function that a module exports, the module named by its URL: so a thread can be told what to run. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * @param module `new URL('./neighbour.js', import.meta.url).href`; run from TypeScript, the `.ts` beside it is meant
 * @throws {TypeError} when there is no such function; what importing the module throws
 */
export async function loadExport(module: string, name: string): Promise<(args: unknown) => unknown> {
  const loaded = (await import(sourceOf(module))) as Record<string, (args: unknown) => unknown>;
  const found = loaded[name];
  if (typeof found !== 'function') throw new TypeError(`${module} exports no function ${name}`);
  return found;
}

function sourceOf(module: string): string {
  return module.startsWith('file:') && !existsSync(fileURLToPath(module))
    ? module.replace(/\.js$/, '.ts')
    : module;
}

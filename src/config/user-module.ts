/** Loads a user's own TypeScript or JavaScript: configs and task files. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OWN_NAME = 'sluice';
const MENTIONS_US = /['"](?:sluice|zod)['"]/;

/**
 * The exports of `file`, read anew at each call. TypeScript is transpiled, not type-checked. `import … from 'sluice'`
 * in it means this very copy of the package, classes included, wherever the file lies and whether or not the package is
 * installed beside it; so does `import … from 'zod'`, in which tasks write their schemas.
 * @throws whatever the file throws, and jiti's ParseError
 */
export async function importUserModule(file: string): Promise<unknown> {
  const { createJiti } = await import('jiti');
  const jiti = createJiti(pathToFileURL(file).href, {
    moduleCache: false,
    fsCache: path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), OWN_NAME),
    ...(await ownPackage(file)),
  });
  return jiti.import(file);
}

/** The loaded package for a file that names it; for others only the way to it, as loading it takes time. */
async function ownPackage(file: string) {
  const entry = ownEntry();
  if (!MENTIONS_US.test(readFileSync(file, 'utf8'))) return { alias: { [OWN_NAME]: entry } };
  const [loaded, zod]: unknown[] = await Promise.all([import(pathToFileURL(entry).href), import('zod')]);
  return { virtualModules: { [OWN_NAME]: loaded, zod } };
}

function ownEntry(): string {
  const built = fileURLToPath(new URL('../index.js', import.meta.url));
  return existsSync(built) ? built : built.replace(/\.js$/, '.ts');
}

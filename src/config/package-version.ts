/** The version of this package, from the nearest package.json above this file (source tree and build differ in depth). */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export function packageVersion(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'package.json'))) dir = dirname(dir);
  return (JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as { version: string }).version;
}

/** What a batch or a worker ran on. */
export function packageVersions(): Record<string, string> {
  return { sluice: packageVersion(), node: process.versions.node };
}

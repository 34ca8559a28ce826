import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const document = readFileSync(new URL('../../docs/dependencies.md', import.meta.url), 'utf8');
const versions: Record<string, string> = {
  ...manifest.dependencies,
  ...manifest.optionalDependencies,
  ...manifest.devDependencies,
};

describe('dependencies', () => {
  it('are pinned to exact versions', () => {
    const loose = Object.entries(versions).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
    expect(loose).toEqual([]);
  });

  it('are each explained in docs/dependencies.md, with the version that is used', () => {
    const explained = [...document.matchAll(/^\| `([^`]+)` (\S+) \|/gm)].map(
      ([, name, version]) => `${name}@${version}`,
    );
    const used = Object.entries(versions).map(([name, version]) => `${name}@${version}`);
    expect(explained.sort()).toEqual(used.sort());
  });
});

/** The layers a config is made of, the strongest first, and which of them gave a value. */
import type { ConfigFile } from './find.js';
import { defaultOf, leafPaths } from './schema-walk.js';
import { getAt, layOver, setAt, type Tree } from './tree.js';

export type Origin = 'flag' | 'environment' | 'file' | 'default';

export interface Layer {
  from: Origin;
  /** The values as they are used. */
  values: Tree;
  /** The values as they were written, before `${VAR}` and `file:` were resolved. */
  written: Tree;
  /** Folder that relative paths in this layer start from. */
  base: string;
  /** What gave `key`: `--database`, `DATABASE_URL`, the file and line, `built in`. */
  source(key: string): string;
}

/** All layers in one, the strongest value of each key. */
export function mergeLayers(layers: readonly Layer[]): Tree {
  return layers.reduceRight<Tree>((merged, layer) => layOver(merged, layer.values), {});
}

/** The layers that have something at `path`, the strongest first. */
export function layersWith(layers: readonly Layer[], path: readonly string[]): Layer[] {
  return layers.filter((layer) => getAt(layer.values, path) !== undefined);
}

export function flagLayer(flags: Tree, cwd: string): Layer {
  const source = (key: string) =>
    `--${key
      .replace(/([a-z])([A-Z])/g, '$1-$2')
      .replaceAll('.', '-')
      .toLowerCase()}`;
  return { from: 'flag', values: flags, written: flags, base: cwd, source };
}

export function environmentLayer(
  read: { values: Tree; names: Readonly<Record<string, string>> },
  cwd: string,
): Layer {
  const source = (key: string) =>
    Object.entries(read.names)
      .filter(([known]) => known === key || known.startsWith(`${key}.`))
      .map(([, name]) => name)
      .join(', ');
  return { from: 'environment', values: read.values, written: read.values, base: cwd, source };
}

export function fileLayer(found: ConfigFile, values: Tree, base: string): Layer {
  const source = (key: string) => {
    const line = found.lineOf(key);
    return line === undefined ? found.file : `${found.file}:${line}`;
  };
  return { from: 'file', values, written: found.values as Tree, base, source };
}

/** What the schema gives when nobody says anything, and `more` that depends on where we are. */
export function defaultLayer(more: Tree, root: string): Layer {
  const values = leafPaths().reduce<Tree>((tree, path) => {
    const value = defaultOf(path);
    return value === undefined ? tree : setAt(tree, path, value);
  }, more);
  return { from: 'default', values, written: values, base: root, source: () => 'built in' };
}

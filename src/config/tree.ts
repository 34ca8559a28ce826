/** Plain nested objects by path: read, set in a copy, lay one over another. Own members only, so no key reaches a prototype. */

export type Tree = Record<string, unknown>;

/** The value at `path`, or undefined. */
export function getAt(tree: unknown, path: readonly string[]): unknown {
  let value = tree;
  for (const name of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined;
    value = (value as Tree)[name];
  }
  return value;
}

/** A copy of `tree` with `value` at `path`. */
export function setAt(tree: Tree, path: readonly string[], value: unknown): Tree {
  const [name, ...rest] = path;
  if (name === undefined) return tree;
  if (rest.length === 0) return { ...tree, [name]: value };
  const below = Object.hasOwn(tree, name) ? tree[name] : undefined;
  return { ...tree, [name]: setAt(isTree(below) ? below : {}, rest, value) };
}

/** `upper` over `lower`: objects are merged member by member, anything else is replaced; undefined leaves what is below. */
export function layOver(lower: Tree, upper: Tree): Tree {
  const merged = new Map(Object.entries(lower));
  for (const [name, value] of Object.entries(upper)) {
    const below = merged.get(name);
    if (value !== undefined) merged.set(name, isTree(below) && isTree(value) ? layOver(below, value) : value);
  }
  return Object.fromEntries(merged);
}

export function isTree(value: unknown): value is Tree {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

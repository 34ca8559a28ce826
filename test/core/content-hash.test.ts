import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, contentHash } from '../../src/core/content-hash.js';

describe('content hash', () => {
  it('does not depend on the order of keys, at any depth', () => {
    expect(contentHash({ a: 1, b: { c: [1, { x: 1, y: 2 }], d: null } })).toBe(
      contentHash({ b: { d: null, c: [1, { y: 2, x: 1 }] }, a: 1 }),
    );
  });

  it('tells apart what JSON tells apart', () => {
    const values = [null, 'null', 0, '0', '', [], {}, [1, 2], [2, 1], { a: [] }, { a: {} }, true, 'true'];
    expect(new Set(values.map(contentHash)).size).toBe(values.length);
  });

  it('leaves out undefined members, as JSON does', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  it('is JSON of the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

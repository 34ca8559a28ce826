import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { expandBraces, findFiles } from '../../src/config/glob.js';
import { makeProject } from './project.js';

const FILES = [
  'a.ts',
  'b.js',
  'deep/c.ts',
  'deep/er/d.mjs',
  'deep/.hidden.ts',
  'node_modules/x/e.ts',
  'b{1}.js',
];

function find(...patterns: string[]): string[] {
  const root = makeProject(Object.fromEntries(FILES.map((name) => [name, ''])));
  return findFiles(patterns, root).map((found) => path.relative(root, found));
}

describe('files by pattern', () => {
  test.each([
    ['a.ts', ['a.ts']],
    ['./deep/../a.ts', ['a.ts']],
    ['nothing.ts', []],
    ['deep', []],
    ['*.ts', ['a.ts']],
    ['?.js', ['b.js']],
    ['*.{ts,js}', ['a.ts', 'b.js', 'b{1}.js']],
    ['**/*.ts', ['a.ts', 'deep/c.ts']],
    ['deep/**', ['deep/c.ts', 'deep/er/d.mjs']],
    ['{deep,none}/**/*.{ts,mjs}', ['deep/c.ts', 'deep/er/d.mjs']],
    ['deep/.*', ['deep/.hidden.ts']],
    ['node_modules/**/*.ts', ['node_modules/x/e.ts']],
    ['b{1}.js', ['b{1}.js']],
    ['a+ts', []],
  ])('%s finds %j', (pattern, expected) => {
    expect(find(pattern)).toEqual(expected);
  });

  test('of several patterns are sorted and each there once', () => {
    expect(find('deep/*.ts', '**/c.ts', 'a.ts')).toEqual(['a.ts', 'deep/c.ts']);
  });

  test('are found in bounded time where links make a loop', () => {
    const root = makeProject({ 'in/a.ts': '' });
    symlinkSync(root, path.join(root, 'in', 'loop'));
    expect(findFiles(['**/*.ts'], root)).toEqual([path.join(root, 'in', 'a.ts')]);
  });
});

test('braces are expanded from the inside out', () => {
  expect(new Set(expandBraces('{a,b{1,2}}.{x,y}'))).toEqual(
    new Set(['a.x', 'a.y', 'b1.x', 'b1.y', 'b2.x', 'b2.y']),
  );
  expect(expandBraces('a{b.c')).toEqual(['a{b.c']);
});

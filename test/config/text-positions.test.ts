import { describe, expect, test } from 'vitest';
import { scanJson } from '../../src/config/json-text.js';
import { parseSize } from '../../src/config/size.js';
import { yamlLines } from '../../src/config/yaml-text.js';

describe('positions in JSON', () => {
  test('every key has its line, a name that comes twice at its own depth too', () => {
    const { lines, problem } = scanJson(
      '{\n "queues": {\n  "a": { "limit": "1/s" },\n  "limit": {\n   "limit": 1 } },\n "tasks": [\n "x",\n "y"]}',
    );
    expect(problem).toBeUndefined();
    expect(lines.get('queues.a.limit')).toBe(3);
    expect(lines.get('queues.limit')).toBe(4);
    expect(lines.get('queues.limit.limit')).toBe(5);
    expect(lines.get('tasks[1]')).toBe(8);
  });

  test.each([
    ['{"a": 1,}', 1, 9],
    ['{\n  "a": tru\n}', 2, 8],
    ['{"a": "x\ny"}', 1, 7],
    ['{"a" 1}', 1, 6],
    ['[1 2]', 1, 4],
    ['{} {}', 1, 4],
    ['{"a":', 1, 6],
    ['', 1, 1],
  ])('%j stops being JSON at %i:%i', (text, line, column) => {
    expect(scanJson(text).problem).toEqual({ line, column });
  });
});

test('keys of YAML are found by their indentation', () => {
  const lines = yamlLines(
    '# head\nqueues:\n  reports:\n    limit: 60/m\n  "water body":\n    limit: 1/s\nstorage: x\n',
  );
  expect(lines.get('queues.reports.limit')).toBe(4);
  expect(lines.get('queues.water body.limit')).toBe(6);
  expect(lines.get('storage')).toBe(7);
});

test.each([
  ['512', 512],
  ['20MB', 20_000_000],
  ['1.5 KB', 1500],
  ['512M', 512_000_000],
  ['4 GiB', 4 * 1024 ** 3],
  ['20 bananas', undefined],
  ['', undefined],
])('the size %j is %s bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

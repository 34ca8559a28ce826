/** docs/json.md: each command that heads a section is run on the example, and prints the keys that the page shows. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { openToolkit, type Toolkit } from '../../src/toolkit.js';
import { runJobs } from '../helpers/jobs.js';
import { readPage } from '../helpers/page.js';

const EXAMPLE = fileURLToPath(new URL('../../examples/desilting', import.meta.url));
const SECTION = /^## `jobs (.*)`\n+```json\n([\s\S]*?)^```$/gm;
const sections = [...readPage('docs/json.md').matchAll(SECTION)].map(([, words, json]) => ({
  words: words!,
  shown: JSON.parse(json!) as unknown,
}));

describe('docs/json.md', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-json-'));
  const printed = new Map<string, unknown>();
  let holder: Toolkit | undefined;

  beforeAll(async () => {
    cpSync(EXAMPLE, folder, { recursive: true, filter: (file) => !/[/\\](?:out|\.jobs)$/.test(file) });
    // Held here, so that not every command has to open the database anew.
    holder = await openToolkit({ config: (await loadConfig({ cwd: folder, env: {} })).config });
    let batch = '';
    for (const { words } of sections) {
      const { stdout, stderr } = await runJobs(words.replace('BATCH', batch).split(' '), { cwd: folder });
      const document: unknown = parse(stdout, `${words}\n${stderr}`);
      printed.set(words, document);
      batch = (document as { batch?: string }).batch ?? batch;
    }
  });
  afterAll(async () => {
    await holder?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has a section for every command that prints JSON', () => {
    expect(sections.length).toBeGreaterThanOrEqual(17);
  });

  it.each(sections)('shows the keys of jobs $words', ({ words, shown }) => {
    expect([...keysOf(shown)].sort()).toEqual([...keysOf(printed.get(words))].sort());
  });

  it('says truly that wait and resume print what run prints', async () => {
    const run = printed.get('run desilting sheet.xlsx --json') as { batch: string };
    for (const verb of ['wait', 'resume']) {
      const { stdout } = await runJobs(['batch', verb, run.batch, '--json'], { cwd: folder });
      expect(Object.keys(JSON.parse(stdout))).toEqual(Object.keys(run));
    }
  }, 60_000);
});

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`no JSON from jobs ${what}`, { cause });
  }
}

/** Paths of all keys, entries of lists under one name: `outputs[].path`. */
function keysOf(value: unknown, at = ''): Set<string> {
  if (Array.isArray(value)) return new Set(value.flatMap((entry) => [...keysOf(entry, `${at}[]`)]));
  if (typeof value !== 'object' || value === null) return new Set();
  return new Set(
    Object.entries(value).flatMap(([key, member]) => [`${at}.${key}`, ...keysOf(member, `${at}.${key}`)]),
  );
}

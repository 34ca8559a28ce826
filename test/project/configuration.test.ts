import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { withKeys } from '../../scripts/document-config.mjs';
import { variablesOf } from '../../src/config/environment.js';
import { configJsonSchema } from '../../src/config/schema.js';
import { readPage } from '../helpers/page.js';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));
const page = readPage('docs/configuration.md');

describe('docs/configuration.md', () => {
  it('has the keys of the schema (else: node scripts/document-config.mjs)', () => {
    expect(page).toBe(withKeys(page, configJsonSchema(), variablesOf));
  });

  it('calls unused only what nothing outside the config reads', () => {
    const sentence = /checked but not used yet: (.*)\.$/m.exec(page)?.[1] ?? '';
    const groups = [...sentence.matchAll(/`(limits|schedules)`/g)].map((match) => match[1]);
    const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.startsWith('config'))
      .map((file) => readFileSync(SRC + file, 'utf8'));
    const used = groups.filter((name) => sources.some((source) => source.includes(`config.${name}`)));
    expect(used).toEqual([]);
  });
});

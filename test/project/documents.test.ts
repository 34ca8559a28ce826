import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const SCRIPTS: Record<string, string> = JSON.parse(
  readFileSync(path.join(CHECKOUT, 'package.json'), 'utf8'),
).scripts;
const NPM_WORDS = new Set(['install', 'ci', 'pack', 'run', 'test', 'start', 'root']);

describe.each(documents())('%s', (name) => {
  const text = readFileSync(path.join(CHECKOUT, name), 'utf8');

  it('names only commands that exist', () => {
    const typed = shellLines(text).flatMap((line) =>
      [...line.matchAll(/(?:^|&& |\| )jobs ([^|&#]*)/g)].map((m) => m[1]!),
    );
    expect(typed.filter((words) => !isCommand(words))).toEqual([]);
  });

  it('names only npm scripts that exist', () => {
    const typed = shellLines(text).flatMap((line) =>
      [...line.matchAll(/\bnpm (?:run )?([a-z][a-z:-]*)/g)].map((m) => m[1]!),
    );
    expect(typed.filter((word) => !NPM_WORDS.has(word) && SCRIPTS[word] === undefined)).toEqual([]);
  });

  it('names only files that exist', () => {
    const named = [...text.matchAll(/`((?:src|bin|commands|test|scripts|docs)\/[\w./-]+)`/g)].map(
      (m) => m[1]!,
    );
    expect(named.filter((file) => !existsSync(path.join(CHECKOUT, file)))).toEqual([]);
  });

  it('links only to files that exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map((match) => match[1]!);
    const folder = path.dirname(path.join(CHECKOUT, name));
    expect(links.filter((link) => !existsSync(path.resolve(folder, link)))).toEqual([]);
  });
});

/** Everything written for people that is part of the project. */
function documents(): string[] {
  const below = ['docs', 'examples'].flatMap((folder) =>
    readdirSync(path.join(CHECKOUT, folder), { recursive: true, encoding: 'utf8' }).map(
      (file) => `${folder}/${file}`,
    ),
  );
  return [
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    ...below.filter((file) => file.endsWith('.md')),
  ].sort();
}

/** Lines of fenced blocks marked as shell, without prompts. */
function shellLines(text: string): string[] {
  const blocks = [...text.matchAll(/^```(?:sh|bash|console)[^\n]*\n([\s\S]*?)^```/gm)].map(
    (match) => match[1]!,
  );
  return blocks.flatMap((block) => block.split('\n')).map((line) => line.replace(/^\s*\$ /, ''));
}

function isCommand(words: string): boolean {
  const [first = '', second = ''] = words.trim().split(/\s+/);
  if (first.startsWith('-') || first === 'help') return true;
  const folder = path.join(CHECKOUT, 'commands');
  return existsSync(path.join(folder, `${first}.ts`)) || existsSync(path.join(folder, first, `${second}.ts`));
}

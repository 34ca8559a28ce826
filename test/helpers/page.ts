/** A page of documentation, as its tests read it: its blocks of code, with what stands behind the language. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));

export interface Block {
  language: string;
  /** `file=tasks/square.mjs`, `run`; empty for most. */
  info: string;
  text: string;
}

export function readPage(name: string): string {
  return readFileSync(path.join(CHECKOUT, name), 'utf8');
}

export function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^```(\w+) ?([^\n]*)\n([\s\S]*?)^```$/gm)].map(([, language, info, text]) => ({
    language: language!,
    info: info!,
    text: text!,
  }));
}

/** Shell lines of the blocks marked with `info`. @throws {Error} when there are none */
export function linesOf(page: string, info: string): string[] {
  const lines = blocksOf(page)
    .filter((block) => block.info === info)
    .flatMap(({ text }) => text.trim().split('\n'));
  if (lines.length === 0) throw new Error(`no block is marked "${info}"`);
  return lines;
}

/** Writes every block marked `file=NAME` below `folder`, with a config (`{}` unless the page has one) and, as after an installation, the packages. */
export function writeProject(page: string, folder: string): void {
  writeFileSync(path.join(folder, 'jobs.config.json'), '{}');
  for (const { info, text } of blocksOf(page)) {
    const name = /^file=(\S+)$/.exec(info)?.[1];
    if (name === undefined) continue;
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  mkdirSync(path.join(folder, 'node_modules'));
  symlinkSync(CHECKOUT, path.join(folder, 'node_modules/sluice'));
  symlinkSync(path.join(CHECKOUT, 'node_modules/zod'), path.join(folder, 'node_modules/zod'));
}

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asFolderError, makeFolder } from '../../src/core/make-folder.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'sluice-folder-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a folder that is made', () => {
  it('is there with all above it, in the mode asked for, and may be there already', () => {
    const deep = path.join(root, 'a', 'b', 'c');
    makeFolder(deep, { mode: 0o700 });
    makeFolder(deep, { mode: 0o700 });
    expect(statSync(deep).isDirectory()).toBe(true);
    if (process.platform !== 'win32') expect(statSync(path.dirname(deep)).mode & 0o777).toBe(0o700);
  });

  it('may be reached by a link', () => {
    mkdirSync(path.join(root, 'real'));
    symlinkSync(path.join(root, 'real'), path.join(root, 'link'));
    makeFolder(path.join(root, 'link', 'below'));
    expect(statSync(path.join(root, 'real', 'below')).isDirectory()).toBe(true);
  });

  it('is refused below a file, on a file and on a link that leads nowhere', () => {
    const file = path.join(root, 'file');
    writeFileSync(file, '');
    symlinkSync(path.join(root, 'nowhere'), path.join(root, 'dangling'));
    expect(() => makeFolder(path.join(file, 'below'))).toThrow(/ENOTDIR|EEXIST/);
    expect(() => makeFolder(file)).toThrow(/EEXIST/);
    expect(() => makeFolder(path.join(root, 'dangling'))).toThrow(/EEXIST/);
  });

  // In another process: what it guards against is a loop that nothing in this one could end.
  it.runIf(process.platform === 'linux')('is refused at once where the system makes none', () => {
    const module = fileURLToPath(new URL('../../src/core/make-folder.ts', import.meta.url));
    const program = `
      import { createJiti } from 'jiti';
      const { makeFolder } = await createJiti(process.cwd() + '/').import(${JSON.stringify(module)});
      try { makeFolder('/proc/sluice/below'); } catch (error) { console.log(error.code, error.path); }`;
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      timeout: 20_000,
      killSignal: 'SIGKILL',
    });
    expect(said.trim()).toBe('ENOENT /proc/sluice');
  });
});

it('names the folder, the setting and the reason when a folder of the config is refused', () => {
  const refused = Object.assign(new Error('no'), { code: 'ENOENT', syscall: 'mkdir' });
  expect(asFolderError(refused, '/proc/x', 'stateDir')).toMatchObject({
    code: 'FOLDER_NOT_WRITABLE',
    message: 'Cannot make the folder /proc/x (stateDir): no folder can be made there (ENOENT).',
    hint: expect.stringContaining('jobs config explain stateDir'),
    details: { path: '/proc/x', setting: 'stateDir', errno: 'ENOENT' },
  });
  const other = new Error('something else');
  expect(asFolderError(other, '/proc/x', 'stateDir')).toBe(other);
});

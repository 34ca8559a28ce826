/** Files of batches, rows and single jobs, each in its own folder and never outside. */
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArtifactFolder } from '../../src/storage/artifact-folder.js';
import { hashFile, writeHashed } from '../../src/storage/hashed-file.js';

describe('the folder of artifacts', () => {
  let folder: string;
  let storage: ArtifactFolder;
  let made = 0;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-storage-'));
    storage = new ArtifactFolder(path.join(folder, 'artifacts'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const local = (content: string): string => {
    const file = path.join(folder, `local-${made++}`);
    writeFileSync(file, content);
    return file;
  };

  it('moves a file in, in place of one of the same name', async () => {
    const place = { batch: 'b_1' };
    const first = await storage.adopt(place, 'layer.tif', local('one'));
    const file = local('two');
    expect(await storage.adopt(place, '../../layer.tif', file)).toBe(first);
    expect(first).toBe(path.join(folder, 'artifacts', 'b_1', 'layer.tif'));
    expect(readFileSync(first, 'utf8')).toBe('two');
    expect(existsSync(file)).toBe(false);
  });

  it('removes what one row made, or all rows, and nothing else', async () => {
    const batch = await storage.adopt({ batch: 'b_2' }, 'a', local('batch'));
    const rows = [];
    for (const row of [2, 3, 4])
      rows.push(await storage.adopt({ batch: 'b_2', row }, 'a', local(`row ${row}`)));
    await storage.removeRows('b_2', 3);
    expect(rows.map((file) => existsSync(file))).toEqual([true, false, true]);
    await storage.removeRows('b_2');
    expect(rows.map((file) => existsSync(file))).toEqual([false, false, false]);
    expect(existsSync(batch)).toBe(true);
    await storage.remove('b_2', '/etc/hostname');
    await storage.remove('b_2', batch);
    expect(existsSync(batch)).toBe(false);
  });

  it('keeps files of jobs whose ids are no file names inside, and removes those that are old', async () => {
    const old = await storage.adopt({ job: 'job-1' }, 'a', local('old'));
    const odd = await storage.adopt({ job: '../../../etc' }, 'a', local('odd'));
    expect(path.dirname(path.dirname(odd))).toBe(path.join(folder, 'artifacts', 'jobs'));
    const longAgo = new Date(Date.now() - 10_000_000);
    utimesSync(path.dirname(old), longAgo, longAgo);
    await storage.removeJobs(new Date(Date.now() - 5_000_000));
    expect([existsSync(old), existsSync(odd)]).toEqual([false, true]);
  });

  it('hashes what it writes as what it reads', async () => {
    async function* parts() {
      yield 'água ';
      yield 'e terra';
    }
    const file = path.join(folder, 'hashed');
    const written = await writeHashed(file, parts());
    expect(written).toEqual(await hashFile(file));
    expect(written.bytes).toBe(13);
    await expect(writeHashed(file, 'again')).rejects.toThrow('EEXIST');
  });
});

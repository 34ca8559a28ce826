/** The task's side of `ctx.artifact`: content is written and hashed where the task runs, and only then given away. */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { ArtifactFile } from '../core/task.js';
import { hashFile, writeHashed } from '../storage/hashed-file.js';
import type { WorkServices } from './attempt-services.js';

/** @throws {TypeError} for a name that names no file */
export function fileKeeper(services: WorkServices): (file: ArtifactFile) => Promise<void> {
  return async (artifact) => {
    const { kind, title = null } = artifact;
    const name = path.basename(artifact.name);
    if (name === '' || name === '.' || name === '..') {
      throw new TypeError(
        `ctx.artifact: "${artifact.name}" is no file name; expected one such as layer.geojson`,
      );
    }
    if ('file' in artifact) {
      const file = path.resolve(artifact.file);
      await services.keepFile({ name, kind, title, file, ...(await hashFile(file)) });
      return;
    }
    const file = path.join(await services.openScratch(), `.artifact-${randomBytes(6).toString('hex')}`);
    try {
      await services.keepFile({ name, kind, title, file, ...(await writeHashed(file, artifact.content)) });
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
  };
}

/** Folders that a person names and the system does not make: each is refused at once, by name. /proc is the worst of them. */
import { rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeOnBackend } from '../helpers/backends.js';
import { type JobsResult, runJobs } from '../helpers/jobs.js';
import { newProject } from '../helpers/project.js';

const NOTE = `
import { defineTask } from 'sluice';
import { z } from 'zod';
export default defineTask({
  name: 'note', version: 1, title: 'Writes a file at its end',
  input: z.object({ n: z.number() }),
  run: () => ({}),
  finish: (ctx) => ctx.artifact({ name: 'note.json', kind: 'json', content: '{}' }),
});
`;

const isLinux = process.platform === 'linux';

if (isLinux) {
  describeOnBackend('pglite', 'a folder that cannot be made', (backend) => {
    const jobs = (args: string[]): Promise<JobsResult> =>
      runJobs(args, { cwd: backend.folder, timeoutMs: 20_000 });

    it.each(['/proc/sluice', '/proc/sluice/below'])('as --out %s: exit 3', async (outDir) => {
      const project = newProject(backend, { note: NOTE });
      const sheet = project.write('rows.csv', 'n\n1\n');
      const run = await jobs(['run', 'note', sheet, '--out', outDir, '--json']);
      expect(run.exitCode, run.stderr).toBe(3);
      const { error } = JSON.parse(run.stdout);
      expect(error).toMatchObject({ code: 'OUTPUT_NOT_WRITABLE', details: { path: outDir } });
      expect(error.message).toContain(`Cannot write ${outDir}: no folder can be made there (ENOENT)`);
      const exported = await jobs(['batch', 'export', error.details.batch, '--out', outDir]);
      expect(exported.exitCode, exported.stderr).toBe(3);
      expect(exported.stderr).toContain(outDir);
    });

    it('as stateDir: exit 3', async () => {
      const project = newProject(backend, { note: NOTE });
      project.write('jobs.config.json', '{"stateDir":"/proc/sluice/state"}');
      const run = await jobs(['run', 'note', project.write('rows.csv', 'n\n1\n')]);
      expect(run.exitCode, run.stderr).toBe(3);
      expect(run.stderr).toContain('Cannot make the folder /proc/sluice/state (stateDir)');
      expect(run.stderr).toContain('jobs config explain stateDir');
    });

    it('as storage: the rows are done, and the reason why the end of the batch failed names it', async () => {
      const project = newProject(backend, { note: NOTE });
      project.write('jobs.config.json', '{"storage":"/proc/sluice"}');
      const run = await jobs(['run', 'note', project.write('stored.csv', 'n\n1\n')]);
      expect(run.exitCode, run.stderr).toBe(5);
      expect(run.stderr).toMatch(
        /the end of the batch failed: Cannot make the folder \/proc\/sluice\/b_\w+ \(storage\)/,
      );
      rmSync(`${backend.folder}/jobs.config.json`);
    });
  });
} else {
  console.warn('SKIPPED "a folder that cannot be made": it needs /proc, which Linux has');
  it.skip('a folder that cannot be made needs /proc, which Linux has', () => {});
}

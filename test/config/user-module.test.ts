import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { defineConfig } from '../../src/config/define.js';
import { importUserModule } from '../../src/config/user-module.js';
import { makeProject } from './project.js';

test('what a file imports from sluice is this very copy of it', async () => {
  const root = makeProject({
    'a.ts': "import { defineConfig } from 'sluice';\nexport const ours: unknown = defineConfig;",
  });
  const module = (await importUserModule(path.join(root, 'a.ts'))) as { ours: unknown };
  expect(module.ours).toBe(defineConfig);
});

test('a file may get to sluice through another file of its own', async () => {
  const root = makeProject({
    'a.ts': "export { default } from './b.js';",
    'b.ts':
      "import { defineConfig } from 'sluice';\nenum Size { small = 1 }\nexport default defineConfig({ queues: { a: { concurrency: Size.small } } });",
  });
  expect(await importUserModule(path.join(root, 'a.ts'))).toMatchObject({
    default: { queues: { a: { concurrency: 1 } } },
  });
});

test('a changed file is read anew', async () => {
  const first = makeProject({ 'a.ts': 'export default 1;' });
  const file = path.join(first, 'a.ts');
  expect(await importUserModule(file)).toMatchObject({ default: 1 });
  writeFileSync(file, 'export default 22;');
  expect(await importUserModule(file)).toMatchObject({ default: 22 });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { countImports, findImportFaults } from '../helpers/import-rules.js';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const trees: string[] = [];

afterEach(() => {
  for (const tree of trees.splice(0)) rmSync(tree, { recursive: true });
});

describe('the way imports run', () => {
  it('is kept by every file of src and commands', () => {
    expect(countImports(CHECKOUT)).toBeGreaterThan(50);
    expect(findImportFaults(CHECKOUT)).toEqual([]);
  });

  it('lets a file import its own folder, lower lines and libraries', () => {
    const tree = plant({
      'src/core/row.ts': "import { createHash } from 'node:crypto';\nimport { z } from 'zod';",
      'src/ledger/rows.ts': "import type { Row } from '../core/row.js';\nimport { one } from './sql/one.js';",
      'src/ledger/sql/one.ts': "import type { Row } from '../../core/row.js';",
      'src/queue/producer.ts': "import { Queue } from 'bullmq';",
      'src/toolkit.ts': "export { x } from './batch/submit.js';",
      'src/index.ts': "export { openToolkit } from './toolkit.js';",
      'commands/batch/list.ts': "import { openToolkit } from '../../src/toolkit.js';",
      'commands/batch/index.ts': '',
    });
    expect(findImportFaults(tree)).toEqual([]);
  });

  it.each([
    ['a higher line', 'src/core/row.ts', "import { submit } from '../batch/submit.js';", 'higher line'],
    ['a neighbour', 'src/ledger/rows.ts', "import { Queues } from '../queue/queues.js';", 'a neighbour'],
    [
      'a neighbour, for its type only',
      'src/intake/guard.ts',
      "import type { A } from '../config/config.js';",
      'a neighbour',
    ],
    [
      'a neighbour, in a type expression',
      'src/intake/guard.ts',
      "type A = import('../config/config.js').A;",
      'a neighbour',
    ],
    ['a command', 'src/cli/base.ts', "import Run from '../../commands/run.js';", 'higher line'],
    [
      'something when it runs',
      'src/worker/run.ts',
      "const x = await import('../tasks/water/desilting.js');",
      'a neighbour',
    ],
    ['for its effect', 'src/geo/zonal.ts', "import '../raster/open.js';", 'higher line'],
    [
      'over several lines',
      'src/geo/zonal.ts',
      "import {\n  a,\n  b,\n} from '../raster/open.js';",
      'higher line',
    ],
    ['by re-export', 'src/geo/zonal.ts', "export * from '../raster/open.js';", 'higher line'],
    [
      'the ledger from a task',
      'src/tasks/water/x.ts',
      "import { rows } from '../../ledger/rows.js';",
      'tasks never import',
    ],
    ['BullMQ outside queue', 'src/worker/run.ts', "import { Worker } from 'bullmq';", 'only src/queue knows'],
    [
      'ioredis outside queue',
      'src/ledger/x.ts',
      "const { Redis } = await import('ioredis');",
      'only src/queue knows',
    ],
    [
      'geotiff outside raster',
      'src/tasks/water/x.ts',
      "import { fromFile } from 'geotiff';",
      'only src/raster knows',
    ],
    [
      'something outside the tree',
      'src/core/x.ts',
      "import { y } from '../../test/helpers/y.js';",
      'outside src',
    ],
  ])('finds a file that imports %s', (_what, file, text, words) => {
    const faults = findImportFaults(plant({ [file]: text, 'commands/run.ts': '' }));
    expect(faults).toEqual([expect.stringContaining(words)]);
    expect(faults[0]).toContain(file);
  });

  it('finds a barrel file, and a folder that the design does not know', () => {
    const tree = plant({ 'src/ledger/index.ts': '', 'src/utils/text.ts': '', 'commands/run.ts': '' });
    expect(findImportFaults(tree)).toEqual([
      'src/ledger/index.ts: barrel files are not used',
      'src/utils/text.ts: folder "utils" has no line in the design',
    ]);
  });

  it('is not misled by imports in comments and documentation', () => {
    const text =
      "/**\n * import { x } from '../batch/submit.js';\n */\n// import('../batch/submit.js')\nexport const a = 1;";
    expect(findImportFaults(plant({ 'src/core/a.ts': text, 'commands/run.ts': '' }))).toEqual([]);
  });
});

function plant(files: Record<string, string>): string {
  const tree = mkdtempSync(path.join(tmpdir(), 'sluice-imports-'));
  trees.push(tree);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(tree, file)), { recursive: true });
    writeFileSync(path.join(tree, file), text);
  }
  return tree;
}

/**
 * Makes dist/database-template.gz: an embedded database with every migration applied, which the first run unpacks in place
 * of running initdb. Does nothing when the one there was made from the same inputs. Run by `npm run build`.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJiti } from 'jiti';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'dist', 'database-template.gz');
const inputsFile = `${target}.inputs`;
const jiti = createJiti(import.meta.url);
/** @type {typeof import('../src/database/migrations.js')} */
const { readMigrations } = await jiti.import('../src/database/migrations.ts');
/** @type {typeof import('../src/database/embedded/template.js')} */
const { packFolder, templateStamp } = await jiti.import('../src/database/embedded/template.ts');
/** @type {typeof import('../src/database/embedded/server-settings.js')} */
const { INITDB_OPTIONS, SERVER_SETTINGS } = await jiti.import('../src/database/embedded/server-settings.ts');

const migrations = readMigrations();
const inputs = inputsHash();
if (existsSync(target) && existsSync(inputsFile) && readFileSync(inputsFile, 'utf8') === inputs) {
  console.log('database template: up to date');
} else {
  const startedAt = performance.now();
  await build();
  const megabytes = (statSync(target).size / 1e6).toFixed(1);
  console.log(
    `database template: made, ${megabytes} MB, ${((performance.now() - startedAt) / 1000).toFixed(1)} s`,
  );
}
process.exit(0);

async function build() {
  /** @type {typeof import('../src/database/database.js')} */
  const { openDatabase } = await jiti.import('../src/database/database.ts');
  /** @type {typeof import('../src/queue/queue-tables.js')} */
  const { queueTables } = await jiti.import('../src/queue/queue-tables.ts');
  mkdirSync(join(root, 'dist'), { recursive: true });
  const stateDir = mkdtempSync(join(tmpdir(), 'sluice-template-'));
  try {
    const database = await openDatabase({ stateDir, queueTables });
    await database.query('VACUUM (FREEZE, ANALYZE)');
    await database.close();
    const unfinished = `${target}.${process.pid}.new`;
    writeFileSync(unfinished, packFolder(join(stateDir, 'db'), templateStamp(migrations)));
    renameSync(unfinished, target);
    writeFileSync(inputsFile, inputs);
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
}

function inputsHash() {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const facts = [
    dependencies['@electric-sql/pglite'],
    dependencies.bullmq,
    templateStamp(migrations),
    INITDB_OPTIONS,
    SERVER_SETTINGS,
    readFileSync(join(root, 'src/database/embedded/template.ts'), 'utf8'),
  ];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

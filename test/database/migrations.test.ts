import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/database/database.js';
import { openEmbedded } from '../../src/database/embedded/embedded-database.js';
import { bringUpToDate, readMigrations } from '../../src/database/migrations.js';
import { openPostgres } from '../../src/database/postgres/postgres-database.js';
import { queueTables } from '../../src/queue/queue-tables.js';
import { BACKENDS, describeOnBackend } from '../helpers/backends.js';

const FIRST = 'CREATE TABLE sluice.one (a int);';
const SECOND = 'CREATE TABLE sluice.two (a int); INSERT INTO sluice.two SELECT count(*) FROM sluice.one;';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-migrations-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function files(contents: Record<string, string>) {
  for (const [name, sql] of Object.entries(contents)) writeFileSync(join(folder, name), sql);
  return readMigrations(folder);
}

for (const name of BACKENDS.filter((each) => each !== 'redis')) {
  describeOnBackend(name, 'migrations', (backend) => {
    const open = () =>
      backend.databaseUrl === undefined ? openEmbedded(backend.folder) : openPostgres(backend.databaseUrl);
    let database: Database;

    beforeAll(async () => {
      database = await open();
    });
    beforeEach(async () => {
      await database.query('DROP SCHEMA IF EXISTS sluice CASCADE; DROP SCHEMA IF EXISTS bullmq CASCADE');
    });
    afterAll(() => database?.close());

    async function applied(): Promise<unknown[]> {
      return (await database.query('SELECT number, name FROM sluice.migration ORDER BY number')).rows;
    }

    it('are applied in order, once, and BullMQ’s with them', async () => {
      const migrations = files({ '0001-one.sql': FIRST, '0002-two.sql': SECOND });
      await bringUpToDate(database, { queueTables, apply: true, migrations });
      await bringUpToDate(database, { queueTables, apply: true, migrations });
      expect(await applied()).toEqual([
        { number: 1, name: 'one' },
        { number: 2, name: 'two' },
      ]);
      const { rows } = await database.query('SELECT max(version) AS version FROM bullmq.migration');
      expect(rows).toEqual([{ version: queueTables.version }]);
    });

    it('that are new are applied to a database that has the old ones', async () => {
      await bringUpToDate(database, {
        queueTables,
        apply: true,
        migrations: files({ '0001-one.sql': FIRST }),
      });
      await bringUpToDate(database, {
        queueTables,
        apply: true,
        migrations: files({ '0002-two.sql': SECOND }),
      });
      expect((await database.query('SELECT a FROM sluice.two')).rows).toEqual([{ a: 0 }]);
    });

    it('are applied once when several connections start at the same time', async () => {
      const migrations = files({ '0001-one.sql': FIRST, '0002-two.sql': SECOND });
      const others = await Promise.all([open(), open(), open()]);
      await Promise.all(
        [database, ...others].map((each) => bringUpToDate(each, { queueTables, apply: true, migrations })),
      );
      await Promise.all(others.map((each) => each.close()));
      expect(await applied()).toHaveLength(2);
    });

    it('leave nothing behind when one of them fails', async () => {
      const migrations = files({
        '0001-one.sql': FIRST,
        '0002-two.sql': 'CREATE TABLE sluice.two (a int); SELECT 1/0',
      });
      await expect(bringUpToDate(database, { queueTables, apply: true, migrations })).rejects.toMatchObject({
        code: '22012',
      });
      expect((await database.query("SELECT to_regclass('sluice.one') AS one")).rows).toEqual([{ one: null }]);
    });

    it('refuse a database that a newer program made', async () => {
      const newer = files({ '0001-one.sql': FIRST, '0002-two.sql': SECOND });
      await bringUpToDate(database, { queueTables, apply: true, migrations: newer });
      await expect(
        bringUpToDate(database, { queueTables, apply: true, migrations: newer.slice(0, 1) }),
      ).rejects.toMatchObject({ code: 'DATABASE_NEWER', details: { found: 2, expected: 1 } });
    });

    it('refuse a database that was made with another text of the same migration', async () => {
      await bringUpToDate(database, {
        queueTables,
        apply: true,
        migrations: files({ '0001-one.sql': FIRST }),
      });
      const edited = files({ '0001-one.sql': `${FIRST} -- edited` });
      await expect(
        bringUpToDate(database, { queueTables, apply: true, migrations: edited }),
      ).rejects.toMatchObject({
        code: 'DATABASE_CHANGED',
      });
    });

    it('change nothing, and refuse, when they may not be applied', async () => {
      const migrations = files({ '0001-one.sql': FIRST });
      await expect(bringUpToDate(database, { queueTables, apply: false, migrations })).rejects.toMatchObject({
        code: 'DATABASE_NOT_MIGRATED',
      });
      expect((await database.query("SELECT to_regnamespace('sluice') AS s")).rows).toEqual([{ s: null }]);
    });

    it('of this program are applied by opening the database', async () => {
      const where = { url: backend.databaseUrl, stateDir: backend.folder };
      const opened = await openDatabase({ queueTables, ...where });
      const numbers = readMigrations().map((migration) => migration.number);
      const { rows } = await opened.query<{ number: number }>(
        'SELECT number FROM sluice.migration ORDER BY number',
      );
      expect(rows.map((row) => row.number)).toEqual(numbers);
      await opened.close();
      await (await openDatabase({ queueTables, ...where, migrate: false })).close();
    });
  });
}

describe('migration files', () => {
  it('have one checksum whatever their line ends', () => {
    const [unix] = files({ '0001-one.sql': 'SELECT 1;\nSELECT 2;\n' });
    const [windows] = files({ '0001-one.sql': 'SELECT 1;\r\nSELECT 2;\r\n' });
    expect(windows!.checksum).toBe(unix!.checksum);
  });

  it('with a wrong name or the same number twice are refused', () => {
    expect(() => files({ '1-one.sql': '' })).toThrow(/not named like/);
    rmSync(join(folder, '1-one.sql'));
    expect(() => files({ '0001-one.sql': '', '0001-two.sql': '' })).toThrow(/number 1/);
  });

  it('of BullMQ are as many as the program expects', () => {
    const require = createRequire(import.meta.url);
    const { LATEST_SCHEMA_VERSION } = require(
      join(dirname(require.resolve('bullmq')), 'postgres/migrations/index.js'),
    );
    expect(LATEST_SCHEMA_VERSION).toBe(queueTables.version);
  });
});

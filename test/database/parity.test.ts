import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/database/database.js';
import { queueTables } from '../../src/queue/queue-tables.js';
import { describeOnBackend } from '../helpers/backends.js';

const QUERIES: [title: string, text: string, params?: unknown[]][] = [
  ['integers', 'SELECT 1::int2 AS a, 2::int4 AS b, 9007199254740993::int8 AS c'],
  ['numbers', "SELECT 1.50::numeric AS a, 0.1::float8 AS b, 'NaN'::float8 AS c, 'Infinity'::float4 AS d"],
  ['booleans and nulls', 'SELECT true AS a, false AS b, null AS c, null::jsonb AS d'],
  ['text with quotes, breaks and emoji', "SELECT $1::text AS a, '' AS b", ['it\'s "so"\\\n\t😀{,}']],
  ['json', `SELECT '{"b":[1,"x",null],"a":{"c":1.5}}'::jsonb AS a, '[1]'::json AS b, 'null'::jsonb AS c`],
  ['json parameters', 'SELECT $1::jsonb AS a, $2::jsonb AS b', [{ a: [1, 'ü"'] }, '"text"']],
  ['timestamps', "SELECT '2026-03-01 10:00:00.123+05:30'::timestamptz AS a, '2026-03-01'::date AS b"],
  ['timestamp without zone', "SELECT '2026-03-01 10:00:00'::timestamp AS a, '10:00'::time AS b"],
  ['date parameters', 'SELECT $1::timestamptz AS a', [new Date('2026-03-01T10:00:00.123Z')]],
  ['intervals', "SELECT interval '1 day 2 hours 3.5 seconds' AS a"],
  ['arrays', `SELECT ARRAY[1,2,null] AS a, ARRAY['a"','b,c','{}','',null] AS b, ARRAY[[1,2],[3,4]] AS c`],
  [
    'array parameters',
    'SELECT $1::text[] AS a, $2::int8[] AS b',
    [
      ['a"', 'b,\\c', '', null, 'NULL'],
      [1, 2],
    ],
  ],
  ['json array parameters', 'SELECT * FROM unnest($1::jsonb[]) AS t(v)', [[{ a: 1 }, { b: '"' }]]],
  ['bytes', 'SELECT $1::bytea AS a', [Buffer.from([0, 1, 255])]],
  [
    'uuid, inet, oid',
    "SELECT 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid AS a, '10.0.0.1'::inet AS b, 7::oid AS c",
  ],
  ['points and ranges', 'SELECT point(1,2) AS a, int4range(1,5) AS b'],
  [
    'undefined and numbers as parameters',
    'SELECT $1::text AS a, $2::float8 AS b, $3::bool AS c',
    [undefined, 1e21, true],
  ],
  ['bigints as parameters', 'SELECT $1::int8 AS a', [9007199254740993n]],
  ['two columns of one name', 'SELECT 1 AS a, 2 AS a'],
  ['no rows', 'SELECT 1 AS a WHERE false'],
  ['counts of a change', 'UPDATE public.parity SET v = v + 1 WHERE v > $1', [0]],
  ['a change with returning', 'INSERT INTO public.parity VALUES (10), (11) RETURNING v'],
  ['a change of nothing', 'DELETE FROM public.parity WHERE v = -1'],
  ['a definition', 'CREATE TABLE public.other (a int)'],
  ['several statements', 'CREATE TABLE public.third (a int); SELECT 5 AS a; SELECT 6 AS b'],
  ['an empty parameter list', 'SELECT 1 AS a', []],
];

const FAILURES: [title: string, text: string, params?: unknown[]][] = [
  ['a syntax error', 'SELEC 1'],
  ['a duplicate key', 'INSERT INTO public.parity_key VALUES (1)'],
  ['a violated check', 'INSERT INTO public.parity_key VALUES (-1)'],
  ['a missing table', 'SELECT * FROM public.nothing'],
  ['text that is no number', 'SELECT $1::int', ['x']],
  ['NUL in text', 'SELECT $1::text', ['a\0b']],
];

describeOnBackend('postgres', 'the embedded database and a server', (backend) => {
  let embedded: Database;
  let server: Database;
  let root: string;

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'sluice-db-'));
    embedded = await openDatabase({ queueTables, stateDir: join(root, '.jobs') });
    server = await openDatabase({ queueTables, url: backend.databaseUrl, stateDir: root });
    for (const database of [embedded, server]) {
      await database.query(
        'CREATE TABLE public.parity (v int); INSERT INTO public.parity VALUES (1), (2), (0)',
      );
      await database.query(
        'CREATE TABLE public.parity_key (v int PRIMARY KEY CONSTRAINT positive CHECK (v > 0))',
      );
      await database.query('INSERT INTO public.parity_key VALUES (1)');
    }
  });

  afterAll(async () => {
    await embedded?.close();
    await server?.close();
    rmSync(root, { recursive: true, force: true });
  });

  it.each(QUERIES)('give the same values: %s', async (_title, text, params) => {
    const expected = await server.query(text, params);
    const found = await embedded.query(text, params);
    expect(found.rows).toEqual(expected.rows);
    expect(found.rowCount).toBe(expected.rowCount);
  });

  it.each(FAILURES)('refuse with the same code: %s', async (_title, text, params) => {
    const fields = ({ code, message, detail, constraint, table, schema }: Record<string, unknown>) => ({
      code,
      message,
      detail,
      constraint,
      table,
      schema,
    });
    const expected = fields(await server.query(text, params).then(Object, (error) => error));
    const found = fields(await embedded.query(text, params).then(Object, (error) => error));
    expect(found).toEqual(expected);
    expect(found.code).toMatch(/^\w{5}$/);
  });

  it('roll back, and say so, when a failed statement of a transaction was passed over', async () => {
    for (const database of [embedded, server]) {
      const passedOver = database.transaction(async (tx) => {
        await tx.query('INSERT INTO public.parity VALUES (77)');
        await tx.query('SELECT 1/0').catch(() => undefined);
      });
      await expect(passedOver).rejects.toMatchObject({ code: '25P02' });
      expect((await database.query('SELECT 1 FROM public.parity WHERE v = 77')).rowCount).toBe(0);
    }
  });
});
